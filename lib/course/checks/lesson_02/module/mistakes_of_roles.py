"""02.4: mistakes in who is projected, split and attended to."""

from torch import nn

from course.checks.lesson_02.merge import merge_by_flatten
from course.checks.lesson_02.module.cases import module
from course.checks.lesson_02.module.right import Projected
from course.checks.lesson_02.shared import attend
from course.checks.lesson_02.split.right import split_by_transpose
from course.checks.lesson_02.together.right import together_by_parts


@module.mistake(
    "Keys and values are exchanged.",
    "attend_with_heads wants the query, the key and the value, in this order.",
)
class KeysAndValuesExchanged(Projected):
    def roles(self, query, key, value):
        return self.query_proj(query), self.value_proj(value), self.key_proj(key)


@module.mistake(
    "The values went through out_proj, in place of value_proj.",
    "out_proj comes last, on what the heads have found.",
)
class ValuesThroughOutput(Projected):
    def roles(self, query, key, value):
        return self.query_proj(query), self.key_proj(key), self.out_proj(value)


@module.mistake(
    "A layer was given a tuple, as where both results of attend_with_heads go to out_proj.",
    "It gives back two things: output, weights = attend_with_heads(…). Project the output.",
)
class BothProjected(Projected):
    def forward(self, query, key, value):
        return self.out_proj(together_by_parts(*self.roles(query, key, value), self.num_heads))


@module.mistake(
    "Keys and values were made from the query.",
    "In self-attention that is the same; elsewhere it is not. Keys come from key, values from "
    "value.",
)
class QueryForAll(Projected):
    def roles(self, query, key, value):
        return self.query_proj(query), self.key_proj(query), self.value_proj(query)


@module.mistake(
    "Keys and values were made from the projected query.",
    "Keys come from key, values from value: self.key_proj(key), self.value_proj(value).",
)
class ProjectedQueryForAll(Projected):
    def roles(self, query, key, value):
        query = self.query_proj(query)
        return query, self.key_proj(query), self.value_proj(query)


@module.mistake(
    "The query was projected twice.",
    "Its projection is there already. Project key and value, then attend.",
)
class QueryTwice(Projected):
    def roles(self, query, key, value):
        return self.query_proj(self.query_proj(query)), self.key_proj(key), self.value_proj(value)


@module.mistake(
    "Key and value were not projected.",
    "Each has a layer of its own, as query has: self.key_proj(key), self.value_proj(value).",
)
class OnlyQueryProjected(Projected):
    def roles(self, query, key, value):
        return self.query_proj(query), key, value


@module.mistake(
    "The values were made from key, not from value.",
    "Often the two are the same, but not always: self.value_proj(value).",
)
class ValuesFromKey(Projected):
    def roles(self, query, key, value):
        return self.query_proj(query), self.key_proj(key), self.value_proj(key)


@module.mistake(
    "The values went through key_proj.",
    "Each role has a layer of its own: self.value_proj(value).",
)
class KeyProjTwice(Projected):
    def roles(self, query, key, value):
        return self.query_proj(query), self.key_proj(key), self.key_proj(value)


@module.mistake(
    "The keys went through query_proj.",
    "Each role has a layer of its own: self.key_proj(key).",
)
class QueryProjTwice(Projected):
    def roles(self, query, key, value):
        return self.query_proj(query), self.query_proj(key), self.value_proj(value)


@module.mistake(
    "Query, key and value were not projected.",
    "Without query_proj, key_proj and value_proj the heads can't choose what to ask for.",
)
class NotProjected(Projected):
    def roles(self, query, key, value):
        return query, key, value


@module.mistake(
    "The values were not projected.",
    "What a token hands on is self.value_proj(value).",
)
class ValuesNotProjected(Projected):
    def roles(self, query, key, value):
        return self.query_proj(query), self.key_proj(key), value


@module.mistake(
    "Numbers are drawn anew in each call, as where a layer is made in forward.",
    "The four layers are there already, and it is their numbers that are learnt: call "
    "self.key_proj(key), and so on.",
)
class FreshLayers(Projected):
    def roles(self, query, key, value):
        d_model = key.shape[-1]
        fresh = nn.Linear(d_model, d_model)(key), nn.Linear(d_model, d_model)(value)
        return self.query_proj(query), *fresh


@module.mistake(
    "There is one head, whatever num_heads says.",
    "How many there are was kept by the constructor: self.num_heads.",
)
class AlwaysOneHead(Projected):
    def forward(self, query, key, value):
        output, weights = together_by_parts(*self.roles(query, key, value), 1)
        return self.out_proj(output), weights


@module.mistake(
    "The number of heads is a fixed 2.",
    "How many there are was kept by the constructor: self.num_heads.",
)
class AlwaysTwoHeads(Projected):
    def forward(self, query, key, value):
        output, weights = together_by_parts(*self.roles(query, key, value), 2)
        return self.out_proj(output), weights


@module.mistake(
    "A tensor that is split already, with four axes, was taken for one with three.",
    "attend_with_heads splits, attends and merges: hand it what the three layers gave back.",
)
class SplitTwice(Projected):
    def forward(self, query, key, value):
        roles = self.roles(query, key, value)
        split_already = (split_by_transpose(x, self.num_heads) for x in roles)
        output, weights = together_by_parts(*split_already, self.num_heads)
        return self.out_proj(output), weights


@module.mistake(
    "The number of heads and the width of a head are exchanged.",
    "The last argument of attend_with_heads is how many heads there are: self.num_heads.",
)
class SizesExchanged(Projected):
    def forward(self, query, key, value):
        d_head = query.shape[-1] // self.num_heads
        output, weights = together_by_parts(*self.roles(query, key, value), d_head)
        return self.out_proj(output), weights


@module.mistake(
    "One head over all features: nothing was split.",
    "attend_with_heads splits, attends and merges: call it with self.num_heads.",
)
class OneWideHead(Projected):
    def forward(self, query, key, value):
        output, weights = attend(*self.roles(query, key, value))
        return self.out_proj(output), weights


@module.mistake(
    "The query was added to the output.",
    "That is the residual connection of lesson 06, and it stands outside this layer.",
)
class QueryAdded(Projected):
    def forward(self, query, key, value):
        output, weights = super().forward(query, key, value)
        return query + output, weights


@module.mistake(
    "Output and weights are exchanged.",
    "Give back the projected output first: return output, weights.",
)
class Exchanged(Projected):
    def forward(self, query, key, value):
        output, weights = super().forward(query, key, value)
        return weights, output


@module.mistake(
    "The output was projected twice.",
    "out_proj comes once, at the very end.",
)
class OutputTwice(Projected):
    def forward(self, query, key, value):
        output, weights = super().forward(query, key, value)
        return self.out_proj(output), weights


@module.mistake(
    "The scores were divided twice, by √d_head and by √d_model.",
    "Hand on the projections as they are: a right attend_with_heads divides by √d_head, once.",
)
class ScaledTwice(Projected):
    def roles(self, query, key, value):
        query, key, value = super().roles(query, key, value)
        return query / query.shape[-1] ** 0.5, key, value


def declare_output(layer, whose):
    """The output through the wrong layer."""

    def forward(self, query, key, value):
        output, weights = together_by_parts(*self.roles(query, key, value), self.num_heads)
        return getattr(self, layer)(output), weights

    module.mistake(
        f"The output went through {layer}, the layer of {whose}.",
        "What the heads have found goes through a layer of its own: out_proj.",
    )(type(f"OutputThrough_{layer}", (Projected,), {"forward": forward}))


for layer, whose in (
    ("query_proj", "the query"),
    ("key_proj", "the keys"),
    ("value_proj", "the values"),
):
    declare_output(layer, whose)


@module.mistake(
    "Right for small scores. For others exp is inf or 0, and inf / inf and 0 / 0 are nan.",
    "A right attend_with_heads has a softmax that is safe.",
)
class Overflows(Projected):
    def forward(self, query, key, value):
        q, k, v = (split_by_transpose(x, self.num_heads) for x in self.roles(query, key, value))
        powers = (q @ k.mT / q.shape[-1] ** 0.5).exp()
        weights = powers / powers.sum(-1, keepdim=True)
        return self.out_proj(merge_by_flatten(weights @ v)), weights
