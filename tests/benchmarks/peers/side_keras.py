# SPDX-License-Identifier: Apache-2.0
"""Keras on TensorFlow, by `fit`. Variants: graph, xla. free: steps_per_execution=100. Pictures are NHWC."""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
import numpy
import tensorflow as tf

import side

tf.config.threading.set_intra_op_parallelism_threads(2)
tf.config.threading.set_inter_op_parallelism_threads(2)


def build(layers, x, named):
    for kind, name, *rest in layers:
        activation, layer = "", None
        if kind == "dense":
            layer = keras.layers.Dense(rest[0], use_bias=rest[1], activation=rest[2] or None, name=name)
        elif kind == "conv":
            out, kernel, stride, padding, bias, active = rest
            x = keras.layers.ZeroPadding2D(padding)(x) if padding and stride > 1 else x
            same = "same" if padding and stride == 1 else "valid"
            layer = keras.layers.Conv2D(out, kernel, stride, same, use_bias=bias, activation=active or None, name=name)
        elif kind == "batch_norm":
            activation = rest[0]
            layer = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=name)
        elif kind == "max_pool":
            layer = keras.layers.MaxPooling2D(rest[0])
        elif kind == "global_pool":
            layer = keras.layers.GlobalAveragePooling2D()
        elif kind == "flatten":  # in the order of the others: channels first
            x = keras.layers.Permute((3, 1, 2))(x)
            layer = keras.layers.Flatten()
        elif kind == "residual":
            main = build(rest[0], x, named)
            shortcut = build(rest[1], x, named) if rest[1] else x
            x = keras.layers.Add()([main, shortcut])
            activation = rest[2]
        if layer:
            x = layer(x)
        if kind in ("dense", "conv", "batch_norm"):
            named[name] = layer
        if activation:
            x = keras.layers.ReLU()(x)
    return x


class Losses(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.last = 0.0

    def on_train_batch_end(self, batch, logs=None):
        self.last = float(logs["loss"])


class Keras:
    def __init__(self, case, weights, inputs, targets, variant):
        self.case = case
        x = inputs.transpose(0, 1, 3, 4, 2) if case.is_picture else inputs
        self.inputs, self.targets = numpy.ascontiguousarray(x), targets
        self.weights, self.variant = weights, variant
        self.model = self.make(1)
        self.long = None
        self.losses = Losses()

    def make(self, steps_per_execution):
        case, named = self.case, {}
        entry = keras.Input(self.inputs.shape[2:], batch_size=case.batch)
        model = keras.Model(entry, build(case.layers, entry, named))
        for name, layer in named.items():
            values = [self.weights[f"{name}.weight"]]
            if values[0].ndim > 1:  # OIHW to HWIO, [out, in] to [in, out]
                values[0] = values[0].transpose((2, 3, 1, 0) if values[0].ndim == 4 else (1, 0))
            if f"{name}.bias" in self.weights:
                values.append(self.weights[f"{name}.bias"])
            if isinstance(layer, keras.layers.BatchNormalization):
                values += [self.weights[f"{name}.running_mean"], self.weights[f"{name}.running_var"]]
            layer.set_weights(values)
        optimizer = (keras.optimizers.Adam(case.lr, epsilon=1e-8) if case.optimizer == "Adam"
                     else keras.optimizers.SGD(case.lr, momentum=case.momentum))
        loss = (keras.losses.SparseCategoricalCrossentropy(from_logits=True) if case.loss == "cross_entropy"
                else lambda t, y: keras.ops.sum(keras.ops.square(y - t)) * keras.ops.ones((case.batch,)))
        model.compile(optimizer, loss, jit_compile=self.variant == "xla", steps_per_execution=steps_per_execution)
        return model

    def fit(self, model, start, steps, callbacks):
        count = self.case.batches
        data = tf.data.Dataset.from_tensor_slices((self.inputs, self.targets))  # an element is a batch
        data = data.skip(start % count).concatenate(data.repeat()).take(steps).prefetch(2)
        model.fit(data, epochs=1, verbose=0, callbacks=callbacks)

    def step(self, i):
        self.fit(self.model, i, 1, [self.losses])
        return self.losses.last

    def many(self, start, steps):
        self.fit(self.model, start, steps, [self.losses])
        return self.losses.last

    def free(self, start, steps):
        if self.long is None:
            self.long = self.make(100)
            self.fit(self.long, 0, 100, [])
        self.fit(self.long, start, steps, [])
        return steps


if __name__ == "__main__":
    side.main(Keras)
