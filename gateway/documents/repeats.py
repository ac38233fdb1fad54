"""How often a document selects one place of the answer again.

Fields that give the same place of the answer must agree, and graphql-core compares each pair of them: a document of
6 kB with 500 times `account { id }`, or `role(a: 1)`, keeps it busy for a second. So such pairs are counted before it
may begin.
"""

from collections.abc import Mapping

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)


def count_repeats(document: DocumentNode, fragments: Mapping[str, FragmentDefinitionNode], enough: int) -> int:
    """Count the pairs of fields with arguments or selections that give the same place; stops at more than `enough`.

    The document's limits hold already: with its fragments spread it is short, and none of them spreads itself.
    """
    pairs = 0
    waiting = [
        [node.selection_set]
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    while waiting and pairs <= enough:
        for group in _grouped(waiting.pop(), fragments).values():
            pairs += len(group) * (len(group) - 1) // 2
            waiting.append([node.selection_set for node in group if node.selection_set])
    return pairs


def _grouped(
    selection_sets: list[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode]
) -> dict[str, list[FieldNode]]:
    """Gather the fields below one place of the answer that take long to compare, by the names that they have in it."""
    groups: dict[str, list[FieldNode]] = {}
    spread: set[str] = set()
    waiting = list(selection_sets)
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FieldNode):
                if selection.selection_set or selection.arguments:
                    place = selection.alias or selection.name
                    groups.setdefault(place.value, []).append(selection)
            elif isinstance(selection, InlineFragmentNode):
                waiting.append(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode) and (name := selection.name.value) not in spread:
                spread.add(name)
                if name in fragments:
                    waiting.append(fragments[name].selection_set)
    return groups
