// SPDX-License-Identifier: Apache-2.0
// Appends instructions to a program: used by layers, gradient rules, expansions, passes and tests.
#pragma once

#include "engine/ops/op.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace espalier {

/// A wrong application (shapes that don't fit) is recorded once as an Error and yields values of unknown type, which
/// later ops pass on silently: one problem, no cascade. Gradient rules and passes only emit what fits.
class Builder {
public:
    Builder() = default;
    explicit Builder(Program program)
        : m_program(std::move(program))
    {
    }

    ValueId input(std::string_view name, TensorType type);
    ValueId state(std::string_view path, TensorType type);
    void setFinal(std::string_view path, ValueId value); ///< asserted to exist
    void output(std::string_view name, ValueId value);
    void observe(std::string_view tag, ValueId value);

    /// One output.
    ValueId emit(std::string_view op, std::vector<ValueId> inputs, Attrs attrs = {});
    /// All outputs.
    std::vector<ValueId> emitAll(std::string_view op, std::vector<ValueId> inputs, Attrs attrs = {},
                                 std::vector<std::shared_ptr<const Program>> bodies = {});

    ValueId constant(Tensor value);
    /// A rank-0 constant of the dtype of `like`: literals are weak.
    ValueId literal(double value, ValueId like);
    ValueId zerosLike(ValueId like);

    // Shorthands for what rules write most.
    ValueId add(ValueId a, ValueId b) { return emit("add", {a, b}); }
    ValueId sub(ValueId a, ValueId b) { return emit("sub", {a, b}); }
    ValueId mul(ValueId a, ValueId b) { return emit("mul", {a, b}); }
    ValueId div(ValueId a, ValueId b) { return emit("div", {a, b}); }
    ValueId addScalar(ValueId a, double b) { return emit("add", {a, literal(b, a)}); }
    ValueId mulScalar(ValueId a, double b) { return emit("mul", {a, literal(b, a)}); }
    ValueId add(ValueId a, double b) = delete; ///< a number is no value: addScalar
    ValueId mul(ValueId a, double b) = delete; ///< a number is no value: mulScalar
    ValueId reshape(ValueId x, const Shape &shape) { return emit("reshape", {x}, {{"shape", shape}}); }
    ValueId reduceSum(ValueId x, std::vector<std::int64_t> axes, bool keepdims);
    /// Sums `x` down to `shape`, undoing a broadcast from it.
    ValueId sumTo(ValueId x, const Shape &shape);
    ValueId broadcastTo(ValueId x, const Shape &shape); ///< x itself where the shape is equal
    ValueId cast(ValueId x, DType dtype); ///< x itself where the dtype is equal

    // References stay good while instructions are appended (Program::values is a deque); by value, dims of a temporary
    // shape would dangle in `for (const Dim &d : b.shape(x).dims())`.
    const TensorType &type(ValueId id) const { return m_program.type(id); }
    const Shape &shape(ValueId id) const { return type(id).shape; }
    DType dtype(ValueId id) const { return m_program.type(id).dtype; }

    void setOrigin(std::string origin) { m_origin = std::move(origin); }
    const std::string &origin() const { return m_origin; }
    /// Errors so far; the caller adds the place.
    const std::vector<Error> &errors() const { return m_errors; }
    std::vector<Error> takeErrors() { return std::exchange(m_errors, {}); }

    Program &program() { return m_program; }
    const Program &program() const { return m_program; }
    Program take() { return std::move(m_program); }

    /// Copies `body`'s instructions here with its inputs replaced; returns its outputs. States of `body` are not
    /// allowed.
    std::vector<ValueId> inlineProgram(const Program &body, std::span<const ValueId> inputs);

private:
    ValueId newValue(TensorType type);

    Program m_program;
    std::string m_origin;
    std::vector<Error> m_errors;
};

} // namespace espalier
