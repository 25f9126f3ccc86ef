"""02.4: which input went through which layer, other than each role's own through its own."""

from course.checks.lesson_02.module.cases import module
from course.checks.lesson_02.module.right import Projected
from course.checks.lesson_02.together.mistakes import together_by_library

OWN = {
    "query": "The query has a layer of its own, and goes through it once: self.query_proj.",
    "key": "The keys are made from `key`, by a layer of their own: self.key_proj.",
    "value": "The values are made from `value`, by a layer of their own: self.value_proj.",
    "order": "attend_with_heads wants the three in this order: query, key, value.",
    "all": "Each role has its own input and its own layer.",
}


def declare_roles(name, what, role, roles):
    """Another way through the first three layers.

    The heads attend by attn's function, whose words a learner meets where shapes do not fit.
    """

    def forward(self, query, key, value):
        output, weights = together_by_library(*roles(self, query, key, value), self.num_heads)
        return self.out_proj(output), weights

    module.mistake(what, OWN[role])(type(name, (Projected,), {"forward": forward}))


for name, what, role, roles in (
    (
        "KeysNotProjected",
        "The keys were not projected.",
        "key",
        lambda m, q, k, v: (m.query_proj(q), k, m.value_proj(v)),
    ),
    (
        "QueryNotProjected",
        "The query was not projected: the line that does it has no effect, or is gone.",
        "query",
        lambda m, q, k, v: (q, m.key_proj(k), m.value_proj(v)),
    ),
    (
        "LayersExchanged",
        "The layers key_proj and value_proj are exchanged.",
        "all",
        lambda m, q, k, v: (m.query_proj(q), m.value_proj(k), m.key_proj(v)),
    ),
    (
        "QueryAndKeyLayersExchanged",
        "The layers query_proj and key_proj are exchanged.",
        "all",
        lambda m, q, k, v: (m.key_proj(q), m.query_proj(k), m.value_proj(v)),
    ),
    (
        "ValueProjTwice",
        "The keys went through value_proj.",
        "key",
        lambda m, q, k, v: (m.query_proj(q), m.value_proj(k), m.value_proj(v)),
    ),
    (
        "QueryProjForAll",
        "All three went through query_proj.",
        "all",
        lambda m, q, k, v: (m.query_proj(q), m.query_proj(k), m.query_proj(v)),
    ),
    (
        "ValuesThroughQueryProj",
        "The values went through query_proj.",
        "value",
        lambda m, q, k, v: (m.query_proj(q), m.key_proj(k), m.query_proj(v)),
    ),
    (
        "KeysFromQuery",
        "The keys were made from query, not from key.",
        "key",
        lambda m, q, k, v: (m.query_proj(q), m.key_proj(q), m.value_proj(v)),
    ),
    (
        "KeysFromProjectedQuery",
        "The keys were made from the projected query, not from key.",
        "key",
        lambda m, q, k, v: (m.query_proj(q), m.key_proj(m.query_proj(q)), m.value_proj(v)),
    ),
    (
        "ValuesFromQuery",
        "The values were made from query, not from value.",
        "value",
        lambda m, q, k, v: (m.query_proj(q), m.key_proj(k), m.value_proj(q)),
    ),
    (
        "ValuesFromProjectedQuery",
        "The values were made from the projected query, not from value.",
        "value",
        lambda m, q, k, v: (m.query_proj(q), m.key_proj(k), m.value_proj(m.query_proj(q))),
    ),
    (
        "ValuesFromProjectedKey",
        "The values were made from the projected key, not from value.",
        "value",
        lambda m, q, k, v: (m.query_proj(q), m.key_proj(k), m.value_proj(m.key_proj(k))),
    ),
    (
        "KeysFromValue",
        "The keys were made from value, not from key.",
        "key",
        lambda m, q, k, v: (m.query_proj(q), m.key_proj(v), m.value_proj(v)),
    ),
    (
        "KeysBlended",
        "The keys were blended instead of the values.",
        "value",
        lambda m, q, k, v: (m.query_proj(q), m.key_proj(k), m.key_proj(k)),
    ),
    (
        "QueriesAndKeysExchanged",
        "Queries and keys are exchanged.",
        "order",
        lambda m, q, k, v: (m.key_proj(k), m.query_proj(q), m.value_proj(v)),
    ),
):
    declare_roles(name, what, role, roles)
