"""Completes what a GraphQL operation selects by a function that is written once, from records to the answer.

A `Planner` of a schema gives each operation its `OperationPlans`, to be kept with the document. A `CompletingExecutor`
that is given them completes by them; fields that they cannot do it executes as usual. Nothing here knows what the
records are about.
"""

from completion.executor import CompletingExecutor
from completion.leaves import UTC_INSTANTS, Passing
from completion.plans import OperationPlans, Planner
from completion.strawberry_fields import one_of_many, part_of_many, prefixed, strawberry_ways
from completion.ways import Attribute, Batch, Bound, Call, FindWay, OfClass, Part, Way

__all__ = [
    "UTC_INSTANTS",
    "Attribute",
    "Batch",
    "Bound",
    "Call",
    "CompletingExecutor",
    "FindWay",
    "OfClass",
    "OperationPlans",
    "Part",
    "Passing",
    "Planner",
    "Way",
    "one_of_many",
    "part_of_many",
    "prefixed",
    "strawberry_ways",
]
