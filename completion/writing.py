"""Writes the Python source of a plan: one function for each selection, which makes an object of a record.

For `{ users { nodes { id licenses { product { name } } } } }` the function of a user is

    def object_14(source):
        if type(source) not in known_19: check_20(source)
        out = make_15(prefix_16 + source.id, None)
        sources_object_14.append(source)
        outs_object_14.append(out)
        return out

where `make_15` is a class with the names of the answer for its fields (see `completion.objects`), and the function of
its batch, which is called with what the batch gave for all users at once, is

    def fill_33(outs, values, paths):
        for out, value in zip(outs, values):
            out.f1 = (listed(None) if (v_21 := value) is None
                else [*map(object_22, (v_21 if type(v_21) in usual_lists else listed(v_21)))])

Nothing of a document stands in the source but names, which are letters, digits and underscores.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from graphql import GraphQLEnumType
from graphql.pyutils import Path
from msgspec import Struct

from completion.leaves import NAMES_IN_TESTS, EnumNames, Passing, coercion, passing
from completion.objects import attribute, object_class
from completion.shapes import Leaf, Many, One, OneOf, ReadField, SelectedField, Selection, Shape, below
from completion.unexpected import Unexpected, listed, refuse_unusual, usual_checker
from completion.ways import Attribute, Batch, Bound, OfClass, Part

_INDENT: Final = "    "


class Written(Struct, frozen=True):
    """The source of a plan, and what its names stand for."""

    source: str
    names: dict[str, Any]


class Writer:
    """Writes one plan."""

    def __init__(self, natives: Mapping[str, Passing]) -> None:
        self._natives = natives
        self._names: dict[str, Any] = {
            **NAMES_IN_TESTS,
            "Path": Path,
            "Unexpected": Unexpected,
            "listed": listed,
            "refuse_unusual": refuse_unusual,
            "usual_lists": (list, tuple),
        }
        self._count = 0
        self._opening: list[str] = []
        self._functions: list[str] = []
        self._pending: list[str] = []
        self._infos: dict[int, str] = {}

    def write(self, field: SelectedField, shape: Shape) -> Written:
        """Write the function `begin`: it takes a run, and gives what completes a value, and the batches."""
        return self._finish(self._value(shape, "value", field, "path"))

    def write_root(self, selection: Selection) -> Written:
        """Write the same for the whole answer to an operation, whose root value may be anything."""
        make = self._object(selection, None)
        return self._finish(f"{make}(value, path)" if selection.needs_path else f"{make}(value)")

    def _finish(self, value: str) -> Written:
        self._function("complete", "value, path", [f"return {value}"])
        lines = [*self._opening, *self._functions, f"return complete, ({''.join(f'{one}, ' for one in self._pending)})"]
        return Written("\n".join(["def begin(run):", *(_INDENT + line for line in lines)]), self._names)

    def _value(self, shape: Shape, source: str, field: SelectedField, path: str) -> str:
        """Write the expression that completes what the expression `source` gives."""
        if isinstance(shape, Leaf):
            way = field.way if isinstance(field, ReadField) and shape is field.shape else None
            return self._leaf(shape, source, way.declared if isinstance(way, Attribute) else None)
        if isinstance(shape, Many):
            return self._many(shape, source, field, path)
        if isinstance(shape, One):
            return self._one(shape, source, field, path)
        return self._one_of(shape, source, field, path)

    def _leaf(self, leaf: Leaf, source: str, declared: Any) -> str:
        v = self._new("v")
        if isinstance(leaf.type, GraphQLEnumType):
            names = self._name("names", EnumNames(leaf.type))
            return f"(None if ({v} := {source}) is None else {names}[{v}])" if leaf.nullable else f"{names}[{source}]"
        coerce = self._name("coerce", coercion(leaf.type))
        passes = passing(leaf.type, self._natives)
        if passes is None:
            return f"(None if ({v} := {source}) is None else {coerce}({v}))" if leaf.nullable else f"{coerce}({source})"
        test = passes.test(v, nullable=leaf.nullable, declared=declared)
        return f"({v} if {test.replace(v, f'({v} := {source})', 1)} else {coerce}({v}))" if test else source

    def _many(self, many: Many, source: str, field: SelectedField, path: str) -> str:
        v = self._new("v")
        # What is nearly always a list or a tuple is spared the call.
        items = f"({v} if type({v}) in usual_lists else listed({v}))"
        if isinstance(many.item, One) and not many.item.nullable and not many.item.selection.needs_path:
            made = f"[*map({self._object(many.item.selection, field)}, {items})]"
        else:
            made = self._each(many, items, field, path)
        if isinstance(many.item, Leaf):
            made = f"({self._shared_tuple(v, made)} if type({v}) is tuple else {made})"
        return f"({'None' if many.nullable else 'listed(None)'} if ({v} := {source}) is None else {made})"

    def _each(self, many: Many, items: str, field: SelectedField, path: str) -> str:
        """Write the list of the completed items of a list."""
        item, place = self._new("v"), self._new("n")
        below_item = f"Path({path}, {place}, None)"
        if isinstance(many.item, One):
            completed = self._one(many.item, item, field, below_item, shares=False)
        else:
            completed = self._value(many.item, item, field, below_item)
        needs_path = any(selection.needs_path for selection in below(many))
        each = f"for {place}, {item} in enumerate({items})" if needs_path else f"for {item} in {items}"
        return f"[{completed} {each}]"

    def _shared_tuple(self, value: str, made: str) -> str:
        """Write what makes the list of a tuple once for all places where it stands, and keeps both as `_share` does."""
        share, out = self._new("share"), self._new("v")
        self._opening.append(f"shared_{share}, kept_{share} = {{}}, []")
        body = [
            f"kept_{share}.append({value})",
            f"out = shared_{share}[id({value})] = {made}",
            "return out",
        ]
        self._function(share, value, body)
        return f"({out} if ({out} := shared_{share}.get(id({value}))) is not None else {share}({value}))"

    def _one(self, one: One, source: str, field: SelectedField, path: str, *, shares: bool = True) -> str:
        """Write the call that makes an object of a record; with `shares`, once for all places where it stands."""
        v = self._new("v")
        make = self._object(one.selection, field)
        if one.selection.needs_path:
            made = f"{make}({v}, {path})"
        elif shares:
            made = f"shared_{make}.get(id({v})) or share_{make}({v})"
            self._share(make)
        else:
            made = f"{make}({v})"
        if one.nullable:
            return f"(None if ({v} := {source}) is None else {made})"
        return f"({made})".replace(v, f"({v} := {source})", 1) if shares else made.replace(v, source, 1)

    def _share(self, make: str) -> None:
        """Write what keeps the object of a record by its identity, and the record, so that no other takes that on."""
        self._opening.append(f"shared_{make}, kept_{make} = {{}}, []")
        body = [
            f"kept_{make}.append(source)",
            f"out = shared_{make}[id(source)] = {make}(source)",
            "return out",
        ]
        self._function(f"share_{make}", "source", body)

    def _one_of(self, one_of: OneOf, source: str, field: SelectedField, path: str) -> str:
        """Write a function that finds the type of an object, and then does as for that type."""
        makers = {name: (self._object(one, field), one.needs_path) for name, one in one_of.selections.items()}
        function, resolve = self._new("one_of"), self._name("type", one_of.type)
        chosen = ", ".join(
            f'"{name}": {make}' if needs_path else f'"{name}": lambda source, _path: {make}(source)'
            for name, (make, needs_path) in makers.items()
        )
        self._opening.append(f"resolve_{function} = run.type_resolver({resolve})")
        body = [
            "refuse_unusual(source)",
            f"make = makers_{function}.get(resolve_{function}(source, {self._info(field)}, {resolve}))",
            "if make is None: raise Unexpected",
            "return make(source, path)",
        ]
        self._function(function, "source, path", body)
        self._functions.append(f"makers_{function} = {{{chosen}}}")
        needs_path = any(needed for _, needed in makers.values())
        v, where = self._new("v"), path if needs_path else "None"
        if one_of.nullable:
            return f"(None if ({v} := {source}) is None else {function}({v}, {where}))"
        return f"{function}({source}, {where})"

    def _object(self, selection: Selection, field: SelectedField | None) -> str:
        """Write the function that makes an object of a record, the value of a field or the root, and give its name."""
        function = self._new("object")
        batches = [one for one in selection.read_fields() if isinstance(one[1].way, Batch | Part)]
        executed = selection.executed_fields()
        make = self._name("make", object_class(selection.type.name, selection.keys))
        made = f"{make}({', '.join(self._entry(one, selection) for one in selection.fields)})"
        body = [] if field is None else self._check(selection, field)
        if batches or executed:
            body.append(f"out = {made}")
            body += self._defer(function, batches, with_path=selection.needs_path) if batches else []
            body += [
                f'run.execute({self._name("field", one)}, source, path, out, "{attribute(place)}")'
                for place, one in executed
            ]
            body.append("return out")
        else:
            body.append(f"return {made}")
        self._function(function, "source, path" if selection.needs_path else "source", body)
        return function

    def _check(self, selection: Selection, field: SelectedField) -> list[str]:
        """Write what refuses a record that is none of the selection's type, once for each class where that is all."""
        is_type_of = selection.type.is_type_of
        by_class = is_type_of if isinstance(is_type_of, OfClass) else None
        known: set[type] = set()
        known_, check = self._name("known", known), self._name("check", usual_checker(known, by_class))
        body = [f"if type(source) not in {known_}: {check}(source)"]
        if is_type_of is not None and by_class is None:
            is_type = self._name("is_type_of", is_type_of)
            body.append(f"if {is_type}(source, {self._info(field)}) is not True: raise Unexpected")
        return body

    def _entry(self, field: SelectedField | str, selection: Selection) -> str:
        """Write the value of a field; None where it comes later."""
        if isinstance(field, str):
            return f'"{selection.type.name}"'
        if not isinstance(field, ReadField) or isinstance(field.way, Batch | Part):
            return "None"
        if isinstance(field.way, Attribute):
            prefix = f"{self._name('prefix', field.way.prefix)} + " if field.way.prefix else ""
            source = f"{prefix}source.{field.way.name}"
        elif isinstance(field.way, Bound):
            source = f"{self._bound(field)}(source)"
        else:
            source = f"{self._name('call', field.way.function)}(source)"
        return self._value(field.shape, source, field, _path(field))

    def _bound(self, field: ReadField) -> str:
        """Write what binds a field to its arguments, and give the name of the function that this gives."""
        bound = self._new("bound")
        self._opening.append(f"{bound} = run.bind({self._name('field', field)})")
        return bound

    def _defer(self, function: str, batches: list[tuple[int, ReadField]], *, with_path: bool) -> list[str]:
        """Write what notes a record for its batches, and the functions that take what the batches give."""
        pending = f"sources_{function}, outs_{function}, paths_{function}"
        self._opening.append(f"{pending} = [], [], []")
        fills: list[str] = []
        of_batch: dict[Batch, list[tuple[int, ReadField]]] = {}
        for place, field in batches:
            if isinstance(field.way, Part):
                of_batch.setdefault(field.way.batch, []).append((place, field))
            else:
                fills.append(self._fill(field, [self._filled(place, field, "value")], with_path=with_path))
        for parts in of_batch.values():
            body = [self._check_whole(), *(self._filled(*one, self._read_part(one[1])) for one in parts)]
            fills.append(self._fill(parts[0][1], body, with_path=with_path))
        self._pending.append(f"({pending}, ({''.join(fills)}))")
        noted = [f"sources_{function}.append(source)", f"outs_{function}.append(out)"]
        return [*noted, f"paths_{function}.append(path)"] if with_path else noted

    def _fill(self, field: ReadField, body: list[str], *, with_path: bool) -> str:
        """Write the function that takes what the batch of a field gives, and the pair of both."""
        fill = self._new("fill")
        each = (
            "for out, value, path in zip(outs, values, paths):" if with_path else "for out, value in zip(outs, values):"
        )
        self._function(fill, "outs, values, paths", [each, *(_INDENT + line for line in body)])
        self._opening.append(f"load_{fill} = run.load({self._name('field', field)})")
        return f"(load_{fill}, {fill}), "

    def _filled(self, place: int, field: ReadField, source: str) -> str:
        return f"out.{attribute(place)} = {self._value(field.shape, source, field, _path(field))}"

    def _read_part(self, field: ReadField) -> str:
        assert isinstance(field.way, Part)  # noqa: S101 - no other field is written so
        return f"{self._name('read', field.way.read)}(value)"

    def _check_whole(self) -> str:
        """Write what refuses a whole that is none, before its parts are read."""
        known: set[type] = set()
        check = self._name("check", usual_checker(known, None))
        return f"if type(value) not in {self._name('known', known)}: {check}(value)"

    def _info(self, field: SelectedField) -> str:
        """Give the name of a field's information, made once for each run."""
        if id(field) not in self._infos:
            info = self._infos[id(field)] = self._new("info")
            self._opening.append(f"{info} = run.info({self._name('field', field)})")
        return self._infos[id(field)]

    def _function(self, name: str, arguments: str, body: list[str]) -> None:
        self._functions += [f"def {name}({arguments}):", *(_INDENT + line for line in body)]

    def _name(self, kind: str, value: Any) -> str:
        """Give a name to what is not written but made beforehand."""
        name = self._new(kind)
        self._names[name] = value
        return name

    def _new(self, kind: str) -> str:
        self._count += 1
        return f"{kind}_{self._count}"


def _path(field: SelectedField) -> str:
    return f'Path(path, "{field.key}", "{field.parent.name}")'


def compiled(written: Written) -> Callable[[Any], Any]:
    """Give the function `begin` of a plan."""
    code = compile(written.source, "<plan>", "exec")
    exec(code, written.names)  # noqa: S102 - it holds names only, see above
    begin: Callable[[Any], Any] = written.names["begin"]
    return begin
