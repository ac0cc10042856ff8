# SPDX-License-Identifier: Apache-2.0
"""JAX: the whole step under jit with donated buffers; free: 100 steps under lax.scan. Pictures are NHWC."""
from functools import partial

import jax
import jax.numpy as jnp
import numpy
from jax import lax

import side

SCAN = 100


def convert(name, value):
    if value.ndim == 4:
        return value.transpose(2, 3, 1, 0)
    return value.T if value.ndim == 2 else value


def apply(layers, weights, x):
    for kind, name, *rest in layers:
        activation = ""
        get = lambda p: weights.get(f"{name}.{p}")
        if kind == "dense":
            activation = rest[2]
            x = x @ get("weight")
            x = x + get("bias") if rest[1] else x
        elif kind == "conv":
            _, _, stride, padding, bias, activation = rest
            x = lax.conv_general_dilated(x, get("weight"), (stride, stride), [(padding, padding)] * 2,
                                         dimension_numbers=("NHWC", "HWIO", "NHWC"))
            x = x + get("bias") if bias else x
        elif kind == "batch_norm":
            activation = rest[0]
            mean = x.mean((0, 1, 2))
            variance = jnp.square(x - mean).mean((0, 1, 2))
            x = (x - mean) * lax.rsqrt(variance + 1e-5) * get("weight") + get("bias")
        elif kind == "max_pool":
            n = rest[0]
            x = lax.reduce_window(x, -jnp.inf, lax.max, (1, n, n, 1), (1, n, n, 1), "VALID")
        elif kind == "global_pool":
            x = x.mean((1, 2))
        elif kind == "flatten":
            x = x.transpose(0, 3, 1, 2).reshape(x.shape[0], -1)
        elif kind == "residual":
            activation = rest[2]
            x = apply(rest[0], weights, x) + (apply(rest[1], weights, x) if rest[1] else x)
        if activation:
            x = jax.nn.relu(x)
    return x


def trained(weights):
    return {n: jnp.asarray(convert(n, v)) for n, v in weights.items() if "running" not in n}


class Jax:
    def __init__(self, case, weights, inputs, targets, variant):
        self.inputs = numpy.ascontiguousarray(inputs.transpose(0, 1, 3, 4, 2)) if case.is_picture else inputs
        self.targets = targets.astype(numpy.int32) if case.loss == "cross_entropy" else targets

        def loss_of(weights, x, target):
            y = apply(case.layers, weights, x)
            if case.loss == "cross_entropy":
                return -jnp.take_along_axis(jax.nn.log_softmax(y), target[:, None], 1).mean()
            return jnp.square(y - target).sum()

        def update(state, batch):
            weights, slots, count = state
            loss, gradients = jax.value_and_grad(loss_of)(weights, *batch)
            if case.optimizer == "Adam":
                count = count + 1
                t = count.astype(jnp.float32)
                m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, slots[0], gradients)
                v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, slots[1], gradients)
                c1, c2 = 1 - 0.9**t, 1 - 0.999**t
                weights = jax.tree.map(lambda w, m, v: w - case.lr * (m / c1) / (jnp.sqrt(v / c2) + 1e-8),
                                       weights, m, v)
                return (weights, (m, v), count), loss
            if case.momentum:
                slots = jax.tree.map(lambda b, g: case.momentum * b + g, slots, gradients)
                return (jax.tree.map(lambda w, b: w - case.lr * b, weights, slots), slots, count), loss
            return (jax.tree.map(lambda w, g: w - case.lr * g, weights, gradients), slots, count), loss

        start = trained(weights)
        zeros = lambda: jax.tree.map(jnp.zeros_like, start)
        slots = (zeros(), zeros()) if case.optimizer == "Adam" else (zeros() if case.momentum else ())
        self.state = (start, slots, jnp.zeros((), jnp.int32))
        self.update = jax.jit(update, donate_argnums=0)
        self.scan = jax.jit(partial(lax.scan, update), donate_argnums=0)

    def step(self, i):
        i %= len(self.inputs)
        self.state, loss = self.update(self.state, (self.inputs[i], self.targets[i]))
        return float(loss)

    def free(self, start, steps):
        order = numpy.arange(start, start + SCAN) % len(self.inputs)
        done = 0
        while done < steps:
            self.state, losses = self.scan(self.state, (self.inputs[order], self.targets[order]))
            float(losses[-1])
            done += SCAN
        return done


if __name__ == "__main__":
    side.main(Jax)
