"""Documents, prepared once and kept by their text: parsed, held against the limits, validated and weighed."""

from collections.abc import Mapping, Sequence
from typing import Final

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.validation import ASTValidationRule, NoSchemaIntrospectionCustomRule
from graphql.validation.validate import ValidationAbortedError
from msgspec import Struct, field
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from completion import Planner
from gateway.documents.coercion import Coercion
from gateway.documents.cost import Weight
from gateway.documents.limits import TOO_COMPLEX, TOO_LARGE, Limits, check_limits
from gateway.documents.operations import Fragments, Operation, has_any, needs_viewer, selected_names
from gateway.documents.recent import Recent
from gateway.documents.root_fields import bulk_fields
from gateway.documents.scales import Scales
from gateway.documents.variables import Variables
from gateway.errors import (
    PARSE_FAILED,
    VALIDATION_FAILED,
    FormattedError,
    RequestError,
    refuse_document,
    refuse_errors,
    refuse_request,
)

_RULES: Final[tuple[type[ASTValidationRule], ...]] = (
    *specified_rules,
    MaybeNullValidationRule,
    OneOfInputValidationRule,
)


class Document(Struct, frozen=True, eq=False):
    """What is known of a document: its operations by name, or why none of them may run."""

    operations: Mapping[str | None, Operation] = field(default_factory=dict[str | None, Operation])
    errors: Sequence[FormattedError] = ()

    def choose(self, name: str | None) -> Operation:
        """Find the operation to run; without a name, the only one. Raises RequestError."""
        if self.errors:
            raise RequestError(self.errors, well_formed=True)
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        if name is None:
            raise refuse_request("The document has several operations: say in operationName which one to run.")
        if name not in self.operations:
            raise refuse_request(f"The document has no operation named '{name}'.")
        return self.operations[name]


class Documents:
    """Prepares documents, and keeps the ones that are asked for again and again.

    The text is the key: hashing it takes a thousandth of what hashing its syntax tree does. See
    `gateway.documents.recent` for what is kept when strangers send many documents.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        public_fields: frozenset[str],
        limits: Limits,
        *,
        planner: Planner | None = None,
        allows_introspection: bool,
    ) -> None:
        self._schema = schema
        self._coercion = Coercion()
        self._planner = planner
        self._public_fields = public_fields
        self._bulk_fields = bulk_fields(schema)
        self._limits = limits
        self._rules = _RULES if allows_introspection else (*_RULES, NoSchemaIntrospectionCustomRule)
        self._hides_suggestions = not allows_introspection
        self._recent = Recent[Document]()

    def prepare(self, text: str) -> Document:
        """Give what is known of a document, found out now if it is new."""
        document = self._recent.get(text)
        if document is None:
            document = self._prepare(text)
            self._recent.put(text, document)
        return document

    def keep(self, text: str) -> None:
        """Note that somebody who is signed in runs a document that was prepared: such are kept, whatever floods in."""
        self._recent.prove(text)

    def _prepare(self, text: str) -> Document:
        try:
            return Document(self._operations(self._parse(text)))
        except RequestError as refusal:
            return Document(errors=refusal.errors)

    def _parse(self, text: str) -> DocumentNode:
        limits = self._limits
        if len(text) > limits.length:
            raise refuse_document(f"A document may have at most {limits.length} characters.", code=TOO_LARGE)
        try:
            return parse(text, max_lexical_tokens=limits.tokens, max_comments=limits.comments)
        except GraphQLError as error:
            raise refuse_errors([error], code=PARSE_FAILED) from None

    def _operations(self, document: DocumentNode) -> dict[str | None, Operation]:
        check_limits(document, self._limits)
        self._validate(document)
        definitions = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        fragments = Fragments(definitions, {name: FragmentDetails(node) for name, node in definitions.items()})
        scales = Scales(self._schema, definitions)
        operations = [
            self._operation(node, fragments, scales.weigh(node))
            for node in document.definitions
            if isinstance(node, OperationDefinitionNode)
        ]
        return {operation.name: operation for operation in operations}

    def _operation(self, node: OperationDefinitionNode, fragments: Fragments, weight: Weight) -> Operation:
        is_for_viewers = needs_viewer(node, fragments.definitions, self._public_fields)
        # Plans are large, so there are none for what strangers may ask.
        planner = self._planner if is_for_viewers else None
        return Operation(
            name=node.name.value if node.name else None,
            kind=node.operation,
            definition=node,
            fragments=fragments,
            variables=Variables(self._schema, self._coercion, node.variable_definitions or ()),
            weight=weight,
            needs_viewer=is_for_viewers,
            is_bulk=has_any(node, fragments.definitions, self._bulk_fields),
            selected=selected_names(node, fragments.definitions),
            plans=None if planner is None else planner.plan(node, fragments.details),
        )

    def _validate(self, document: DocumentNode) -> None:
        errors = validate(
            self._schema,
            document,
            self._rules,
            max_errors=self._limits.errors,
            hide_suggestions=self._hides_suggestions,
        )
        if len(errors) == 1 and isinstance(errors[0], ValidationAbortedError):  # after so many comparisons of fields
            raise refuse_document("The document selects the same fields too many times.", code=TOO_COMPLEX)
        if errors:
            raise refuse_errors(errors, code=VALIDATION_FAILED)
