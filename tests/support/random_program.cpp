// SPDX-License-Identifier: Apache-2.0
#include "tests/support/random_program.h"

#include "tests/support/op_case.h"

#include <algorithm>
#include <random>

namespace espalier::test {
namespace {

using Ints = std::vector<std::int64_t>;

constexpr std::int64_t kLargest = 4096; ///< elements of a value

class Generator {
public:
    Generator(std::uint64_t seed, DType floats)
        : m_engine(seed)
        , m_floats(floats)
    {
    }

    Program run()
    {
        const int inputs = 1 + pick(3);
        for (int i = 0; i < inputs; ++i)
            m_values.push_back(m_b.input("x" + std::to_string(i), {m_floats, Shape(randomDims())}));
        const std::size_t wanted = 2 + static_cast<std::size_t>(pick(11));
        for (int tries = 0; tries < 200 && steps() < wanted; ++tries)
            step();
        const auto uses = useCounts(m_b.program());
        int outputs = 0;
        for (const ValueId id : m_values)
            if (uses[static_cast<std::size_t>(id)] == 0 || id == m_values.back())
                m_b.output("y" + std::to_string(outputs++), id);
        return m_b.take();
    }

private:
    int pick(int bound) { return static_cast<int>(m_engine() % static_cast<std::uint64_t>(bound)); }
    template <typename T, std::size_t N>
    T pickOf(const T (&choices)[N])
    {
        return choices[pick(static_cast<int>(N))];
    }
    Dims randomDims()
    {
        constexpr std::int64_t sizes[] = {1, 2, 3, 4, 5, 8};
        Dims dims(static_cast<std::size_t>(pick(4)));
        for (std::int64_t &d : dims)
            d = pickOf(sizes);
        return dims;
    }
    std::size_t steps() const { return m_made; }
    ValueId any() { return m_values[static_cast<std::size_t>(pick(static_cast<int>(m_values.size())))]; }
    Dims dims(ValueId id) const { return m_b.shape(id).concrete(); }
    int rank(ValueId id) const { return m_b.shape(id).rank(); }
    void keep(ValueId id)
    {
        m_values.push_back(id);
        ++m_made;
    }

    void step()
    {
        const ValueId x = any();
        switch (pick(7)) {
        case 0:
        case 1:
            return unary(x);
        case 2:
        case 3:
            return binary(x);
        case 4:
            return reduce(x);
        case 5:
            return move(x);
        default:
            return heavy(x);
        }
    }

    void unary(ValueId x)
    {
        constexpr std::string_view bounded[] = {"neg",  "abs",       "tanh", "sigmoid", "softplus", "relu", "gelu",
                                                "silu", "hardswish", "mish", "selu",    "sin",      "cos",  "erf"};
        if (pick(5) == 0) // keeps the argument of exp, log, sqrt and square small
            return keep(m_b.emit(pick(2) ? "exp" : "square", {m_b.emit("tanh", {x})}));
        if (pick(5) == 0)
            return keep(m_b.emit(pick(2) ? "log" : "rsqrt", {m_b.addScalar(m_b.emit("sigmoid", {x}), 0.5)}));
        keep(m_b.emit(pickOf(bounded), {x}));
    }

    void binary(ValueId x)
    {
        ValueId y = any();
        if (pick(4) == 0)
            y = m_b.literal(0.25 * (pick(9) - 4), x);
        const auto shape = broadcast(m_b.shape(x), m_b.shape(y));
        if (!shape || shape->elements().constant() > kLargest)
            return;
        constexpr std::string_view names[] = {"add", "sub", "mul", "maximum", "minimum"};
        if (pick(6) == 0)
            return keep(m_b.div(x, m_b.addScalar(m_b.emit("sigmoid", {y}), 0.5)));
        if (pick(6) == 0)
            return keep(m_b.emit("where", {m_b.emit("greater", {x, y}), x, m_b.mulScalar(y, 0.5)}));
        const ValueId left = m_b.emit("tanh", {x}); // products stay small
        const std::string_view name = pickOf(names);
        keep(m_b.emit(name, {name == "mul" ? left : x, y}));
    }

    void reduce(ValueId x)
    {
        if (rank(x) == 0)
            return;
        Ints axes;
        for (int i = 0; i < rank(x); ++i)
            if (pick(2) == 0)
                axes.push_back(i);
        constexpr std::string_view names[] = {"reduce_mean", "reduce_sum", "reduce_max", "reduce_min"};
        const std::string_view name = pickOf(names);
        const ValueId y = m_b.emit(name, {x}, {{"axes", axes}, {"keepdims", pick(2) == 0}});
        keep(name == "reduce_sum" ? m_b.mulScalar(y, 0.25) : y);
    }

    void move(ValueId x)
    {
        const Dims d = dims(x);
        const int axis = d.empty() ? 0 : pick(static_cast<int>(d.size()));
        switch (d.empty() ? 0 : pick(6)) {
        case 0:
            return keep(m_b.reshape(x, Shape{Dim(m_b.shape(x).elements())}));
        case 1: {
            Ints order(d.size());
            for (std::size_t i = 0; i < order.size(); ++i)
                order[i] = static_cast<std::int64_t>(i);
            std::rotate(order.begin(), order.begin() + axis, order.end());
            return keep(m_b.emit("transpose", {x}, {{"permutation", order}}));
        }
        case 2: {
            const std::int64_t size = d[static_cast<std::size_t>(axis)];
            const std::int64_t start = pick(static_cast<int>(size));
            return keep(m_b.emit("slice", {x},
                                 {{"axis", std::int64_t{axis}}, {"start", start}, {"length", Shape{size - start}}}));
        }
        case 3:
            if (elementCount(d) * 2 > kLargest)
                return;
            return keep(m_b.emit("concat", {x, m_b.emit("neg", {x})}, {{"axis", std::int64_t{axis}}}));
        case 4:
            return keep(m_b.emit("reverse", {x}, {{"axis", std::int64_t{axis}}}));
        default: {
            if (elementCount(d) * 4 > kLargest)
                return;
            Ints before(d.size(), 0);
            before[static_cast<std::size_t>(axis)] = 1;
            return keep(m_b.emit("pad", {x}, {{"before", before}, {"after", Ints(d.size(), 0)}, {"value", 0.5}}));
        }
        }
    }

    void heavy(ValueId x)
    {
        if (rank(x) == 0)
            return;
        if (pick(2) == 0)
            return keep(m_b.emit(pick(2) ? "softmax" : "log_softmax", {x}, {{"axis", std::int64_t{-1}}}));
        if (rank(x) < 2)
            return;
        const std::int64_t inner = dims(x).back();
        const std::int64_t columns = 1 + pick(5);
        const bool transposed = pick(2) == 0;
        const Shape weight = transposed ? Shape{columns, inner} : Shape{inner, columns};
        const ValueId w = m_b.input("w" + std::to_string(m_weights++), {m_floats, weight});
        keep(m_b.emit("matmul", {m_b.emit("tanh", {x}), w}, {{"transpose_b", transposed}}));
    }

    Builder m_b;
    std::mt19937_64 m_engine;
    DType m_floats;
    std::vector<ValueId> m_values;
    std::size_t m_made = 0;
    int m_weights = 0;
};

} // namespace

RandomProgram randomProgram(std::uint64_t seed, DType floats)
{
    RandomProgram result{Generator(seed, floats).run(), {}};
    for (std::size_t i = 0; i < result.program.inputs.size(); ++i)
        result.inputs.push_back(
            randomTensor(result.program.type(result.program.inputs[i].value), Domain::AwayFromZero, 1, seed * 31 + i));
    return result;
}

} // namespace espalier::test
