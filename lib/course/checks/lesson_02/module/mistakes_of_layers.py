"""02.4: mistakes with the layers and their weights."""

from torch import Tensor

from course.checks.lesson_02.module.cases import module
from course.checks.lesson_02.module.right import Projected
from course.checks.lesson_02.shared import PROJECTIONS
from course.checks.lesson_02.together.right import together_by_parts


@module.mistake(
    "The output projection is missing.",
    "The heads lie side by side, but nothing has mixed them yet: out_proj comes last.",
)
class NoOutputProjection(Projected):
    def forward(self, query, key, value):
        return together_by_parts(*self.roles(query, key, value), self.num_heads)


def declare_without_self(name):
    """Whoever forgets `self.` meets a NameError, which names what Python came upon first."""

    def forward(self, query, key, value):
        raise NameError(f"name '{name}' is not defined")

    module.mistake(
        f"`{name}` belongs to the object: `self.` is missing.",
        "Inside forward write self.key_proj, self.num_heads and so on.",
    )(type(f"WithoutSelfAt_{name}", (Projected,), {"forward": forward}))


for missing in (*PROJECTIONS, "num_heads"):
    declare_without_self(missing)


class ByHand(Projected):
    """Some of the layers are multiplied out, in place of being called."""

    layers: tuple[str, ...] = ()
    turned = bias = True

    def project(self, name: str, x: Tensor) -> Tensor:
        layer = getattr(self, f"{name}_proj")
        if name not in self.layers:
            return layer(x)
        x = x @ (layer.weight.mT if self.turned else layer.weight)
        return x + layer.bias if self.bias else x

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        query, key = self.project("query", query), self.project("key", key)
        value = self.project("value", value)
        output, weights = together_by_parts(query, key, value, self.num_heads)
        return self.project("out", output), weights


def _whose(layers: str) -> str:
    return "the output is" if layers == "out" else f"{', '.join(layers.split())} are"


def declare_by_hand(layers, turned, bias):
    faults = {
        "the weights were not turned": not turned,
        "the biases are missing": not bias,
    }
    named = " and ".join(fault for fault, made in faults.items() if made)
    name = (
        f"ByHand_{layers.replace(' ', '_')}" + "_NotTurned" * (not turned) + "_NoBias" * (not bias)
    )
    steps = {"layers": tuple(layers.split()), "turned": turned, "bias": bias}
    made = type(name, (ByHand,), steps)
    module.mistake(
        f"{named[0].upper()}{named[1:]}, where {_whose(layers)} projected by hand.",
        "A layer is called like a function, self.key_proj(key): it computes x @ weight.T + bias.",
    )(made)


for layers in ("out", "key value", "key value out", "query key value", "query key value out"):
    for turned, bias in ((False, False), (False, True), (True, False)):
        declare_by_hand(layers, turned, bias)


@module.mistake(
    "A layer was multiplied as if it were a matrix.",
    "nn.Linear holds a matrix and a bias. Call it like a function: self.key_proj(key).",
)
class LayerAsMatrix(Projected):
    def roles(self, query, key, value):
        return self.query_proj(query), key @ self.key_proj, value  # type: ignore[operator]


@module.mistake(
    "The weights went through out_proj as well.",
    "Only the output is projected. The weights say who looked where: hand them back as they are.",
)
class WeightsProjected(Projected):
    def forward(self, query, key, value):
        output, weights = together_by_parts(*self.roles(query, key, value), self.num_heads)
        return self.out_proj(output), self.out_proj(weights)


@module.mistake(
    "The weights went through out_proj, and the output did not.",
    "It is the output that is projected: return self.out_proj(output), weights.",
)
class WeightsProjectedOnly(Projected):
    def forward(self, query, key, value):
        output, weights = together_by_parts(*self.roles(query, key, value), self.num_heads)
        return output, self.out_proj(weights)


@module.mistake(
    "The weights of the heads were averaged.",
    "Give back one table for each head, (batch, num_heads, n_q, n_k): the mean hides who looked "
    "where.",
)
class WeightsAveraged(Projected):
    def forward(self, query, key, value):
        output, weights = super().forward(query, key, value)
        return output, weights.mean(dim=1)
