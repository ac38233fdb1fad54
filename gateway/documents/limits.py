"""How large a document may be: counted before it is validated, since validating is what costs.

Depth, selections, aliases, directives and root fields are counted in one walk. A fragment is measured once and its
counts are kept, so fragments that spread each other twice (`f0 { ...f1 ...f1 }`) take no longer than they are long.
"""

from collections.abc import Mapping
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NameNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)
from msgspec import Struct

from gateway.documents.repeats import count_repeats
from gateway.errors import refuse_document

TOO_DEEP: Final = "QUERY_TOO_DEEP"
TOO_COMPLEX: Final = "QUERY_TOO_COMPLEX"
TOO_LARGE: Final = "QUERY_TOO_LARGE"

# Fields, inline fragments and spreads inside each other: what keeps this walk, and graphql-core's, off the
# interpreter's own limit. Its parser stops at the same depth, but within one definition only.
_MAX_NESTING: Final = 200


class Limits(Struct, frozen=True):
    """The most that one document may hold; all of its operations count together, but for root fields and cost."""

    length: int = 64 * 1024  # characters
    tokens: int = 5_000
    comments: int = 500
    fragments: int = 100  # each is compared with each other
    depth: int = 16  # the introspection query of GraphiQL has 15
    selections: int = 1_000
    aliases: int = 100
    alias: int = 64  # characters of each; an answer repeats it for each value
    directives: int = 100
    root_fields: int = 20  # of one operation
    repeats: int = 5_000  # see gateway.documents.repeats
    errors: int = 5  # that validation reports before it stops; each may print a literal of the whole document
    cost: int = 50_000  # of one operation, see gateway.documents.cost


class Counts(Struct):
    """What one selection set holds, with its fragments spread."""

    depth: int = 0
    selections: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0  # of the set itself: those of an operation are its root fields

    def add_beside(self, other: "Counts") -> None:
        """Count a fragment of this set."""
        self.fields += other.fields
        self.depth = max(self.depth, other.depth)
        self._add(other)

    def add_below(self, other: "Counts") -> None:
        """Count the selections of one of this set's fields."""
        self.depth = max(self.depth, other.depth + 1)
        self._add(other)

    def _add(self, other: "Counts") -> None:
        self.selections += other.selections
        self.aliases += other.aliases
        self.directives += other.directives


def check_limits(document: DocumentNode, limits: Limits) -> None:
    """Refuse a document that holds too much. Raises RequestError.

    What the document says need not make sense: a fragment that is missing counts nothing, and validation tells.
    """
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    walk = _Walk(fragments, limits)
    total = Counts()
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            counts = walk.measure(node.selection_set, 1)
            counts.directives += len(node.directives or ())
            if counts.fields > limits.root_fields:
                raise refuse_document(
                    f"An operation may have at most {limits.root_fields} root fields.", code=TOO_COMPLEX
                )
            total.add_beside(counts)
    for name in fragments.keys() - walk.measured.keys():
        total.add_beside(walk.measure_fragment(name, 1))
    walk.check(total)
    if len(fragments) > limits.fragments:
        raise refuse_document(f"A document may have at most {limits.fragments} fragments.", code=TOO_COMPLEX)
    if count_repeats(document, fragments, limits.repeats) > limits.repeats:
        raise refuse_document("The document selects the same fields too many times.", code=TOO_COMPLEX)


class _Walk:
    """One walk over a document."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], limits: Limits) -> None:
        self.measured: dict[str, Counts] = {}
        self._fragments = fragments
        self._limits = limits
        self._open: set[str] = set()

    def measure(self, selection_set: SelectionSetNode, nesting: int) -> Counts:
        """Count what a selection set holds."""
        counts = Counts()
        self._collect(selection_set, counts, nesting, set())
        self.check(counts)
        return counts

    def measure_fragment(self, name: str, nesting: int) -> Counts:
        """Count what a fragment holds, the first time that it is met."""
        if name in self.measured:
            return self.measured[name]
        if name not in self._fragments:
            return Counts()
        if name in self._open:
            raise refuse_document(f"Fragment '{name}' spreads itself.")
        self._open.add(name)
        counts = self.measured[name] = self.measure(self._fragments[name].selection_set, nesting)
        self._open.remove(name)
        return counts

    def check(self, counts: Counts) -> None:
        """Stop at the first limit that is passed, so that no count grows past what is sensible."""
        limits = self._limits
        if counts.depth > limits.depth:
            raise refuse_document(f"Fields may be nested at most {limits.depth} levels deep.", code=TOO_DEEP)
        for name in ("selections", "aliases", "directives"):
            if getattr(counts, name) > (allowed := getattr(limits, name)):
                raise refuse_document(f"A document may have at most {allowed} {name}.", code=TOO_COMPLEX)

    def _collect(self, selection_set: SelectionSetNode, counts: Counts, nesting: int, spread: set[str]) -> None:
        if nesting > _MAX_NESTING:
            raise refuse_document("Fragments and fields are nested too deeply.", code=TOO_DEEP)
        for selection in selection_set.selections:
            counts.selections += 1
            counts.directives += len(selection.directives or ())
            self._collect_one(selection, counts, nesting + 1, spread)

    def _collect_one(self, selection: SelectionNode, counts: Counts, nesting: int, spread: set[str]) -> None:
        if isinstance(selection, FieldNode):
            counts.fields += 1
            if selection.alias is not None:
                self._check_alias(selection.alias)
                counts.aliases += 1
            counts.add_below(self.measure(selection.selection_set, nesting) if selection.selection_set else Counts())
        elif isinstance(selection, FragmentSpreadNode):
            # The second time that one set spreads a fragment adds nothing, here as when it runs.
            if (name := selection.name.value) not in spread:
                spread.add(name)
                counts.add_beside(self.measure_fragment(name, nesting))
        elif isinstance(selection, InlineFragmentNode):
            self._collect(selection.selection_set, counts, nesting, spread)

    def _check_alias(self, alias: NameNode) -> None:
        if len(alias.value) > self._limits.alias:
            raise refuse_document(f"An alias may have at most {self._limits.alias} characters.", code=TOO_COMPLEX)
