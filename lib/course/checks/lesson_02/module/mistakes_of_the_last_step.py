"""02.4: mistakes around the output projection."""

from course.checks.lesson_02.merge import merge_by_flatten
from course.checks.lesson_02.module.cases import module
from course.checks.lesson_02.module.right import Projected
from course.checks.lesson_02.together.right import together_by_parts

PROJECT_LAST = (
    "It mixes what the heads have found, so it comes last: self.out_proj of the output that "
    "attend_with_heads gives back."
)


@module.mistake(
    "out_proj came before the heads had attended: on query, key and value.", PROJECT_LAST
)
class AllProjectedFirst(Projected):
    def forward(self, query, key, value):
        roles = (self.out_proj(x) for x in self.roles(query, key, value))
        return together_by_parts(*roles, self.num_heads)


@module.mistake("out_proj came before the heads had attended: on the values.", PROJECT_LAST)
class ValuesProjectedFirst(Projected):
    def forward(self, query, key, value):
        query, key, value = self.roles(query, key, value)
        return together_by_parts(query, key, self.out_proj(value), self.num_heads)


@module.mistake(
    "Output and weights are exchanged, where they are taken from attend_with_heads.",
    "It gives back the output first: output, weights = attend_with_heads(…).",
)
class TakenInTheWrongOrder(Projected):
    def forward(self, query, key, value):
        weights, output = together_by_parts(*self.roles(query, key, value), self.num_heads)
        return self.out_proj(output), weights


@module.mistake(
    "The axes of the output were exchanged once more, as by a second merge_heads.",
    "attend_with_heads merges already: hand its output to self.out_proj as it is.",
)
class MergedTwice(Projected):
    def forward(self, query, key, value):
        output, weights = together_by_parts(*self.roles(query, key, value), self.num_heads)
        return self.out_proj(merge_by_flatten(output)), weights


RESIDUAL = (
    "That is a residual connection, and belongs around attention, in lesson 06. The output is "
    "self.out_proj(…) alone."
)


@module.mistake("The heads' output was added to its own projection.", RESIDUAL)
class HeadsAdded(Projected):
    def forward(self, query, key, value):
        output, weights = together_by_parts(*self.roles(query, key, value), self.num_heads)
        return self.out_proj(output) + output, weights


@module.mistake("The projected query was added to the output.", RESIDUAL)
class ProjectedQueryAdded(Projected):
    def forward(self, query, key, value):
        output, weights = super().forward(query, key, value)
        return output + self.query_proj(query), weights
