// SPDX-License-Identifier: Apache-2.0
#include "tests/support/op_case.h"

#include "tests/support/tolerance.h"

#include <algorithm>
#include <numbers>
#include <numeric>
#include <random>

namespace espalier::test {
namespace {

DType replaced(DType dtype, DType floats)
{
    return dtype == DType::Float32 ? floats : dtype;
}

Attrs retypedAttrs(const Attrs &attrs, DType floats)
{
    Attrs result;
    for (const auto &[name, value] : attrs.all()) {
        if (const auto *dtype = std::get_if<DType>(&value))
            result.set(name, replaced(*dtype, floats));
        else if (const auto *tensor = std::get_if<Tensor>(&value); tensor && tensor->dtype() == DType::Float32)
            result.set(name, tensor->cast(floats));
        else
            result.set(name, value);
    }
    return result;
}

/// Own distributions: those of the standard library may differ from one to the next.
class Source {
public:
    explicit Source(std::uint64_t seed)
        : m_engine(seed)
    {
    }
    double uniform() { return static_cast<double>(m_engine() >> 11) * 0x1p-53; }
    double uniform(double low, double high) { return low + (high - low) * uniform(); }
    double normal()
    {
        const double radius = std::sqrt(-2 * std::log(1 - uniform()));
        return radius * std::cos(2 * std::numbers::pi * uniform());
    }
    std::int64_t index(std::int64_t bound) { return static_cast<std::int64_t>(uniform() * static_cast<double>(bound)); }

private:
    std::mt19937_64 m_engine;
};

double draw(Source &source, DType dtype, Domain domain, std::int64_t bound)
{
    const bool integer = !isFloating(dtype);
    switch (domain) {
    case Domain::Positive:
        return integer ? static_cast<double>(1 + source.index(4)) : source.uniform(0.5, 2);
    case Domain::Unit:
        return source.uniform(0.05, 0.95);
    case Domain::Index:
        return static_cast<double>(source.index(bound));
    case Domain::AwayFromZero: {
        const double x = integer ? static_cast<double>(1 + source.index(5)) : 0.1 + std::abs(source.normal());
        return source.uniform() < 0.5 ? -x : x;
    }
    case Domain::Seed:
        return 42;
    case Domain::Boolean:
        return source.uniform() < 0.5 ? 1 : 0;
    default:
        return integer ? static_cast<double>(source.index(11) - 5) : source.normal();
    }
}

void fillDistinct(Tensor &t, Source &source)
{
    const std::int64_t n = t.elements();
    std::vector<std::int64_t> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    for (std::int64_t i = n - 1; i > 0; --i)
        std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(source.index(i + 1))]);
    for (std::int64_t i = 0; i < n; ++i) {
        const auto place = static_cast<double>(order[static_cast<std::size_t>(i)]);
        t.set(i,
              isFloating(t.dtype()) ? (place + 0.37) / static_cast<double>(n) * 4 - 2
                                    : place - static_cast<double>(n / 2));
    }
}

} // namespace

Program retyped(const Program &program, DType floats)
{
    Program result = program;
    for (Value &value : result.values)
        value.type.dtype = replaced(value.type.dtype, floats);
    for (Instruction &in : result.instructions) {
        in.attrs = retypedAttrs(in.attrs, floats);
        in.bodies = retyped(in.bodies, floats);
    }
    return result;
}

std::vector<std::shared_ptr<const Program>> retyped(const std::vector<std::shared_ptr<const Program>> &bodies,
                                                    DType floats)
{
    std::vector<std::shared_ptr<const Program>> result;
    for (const auto &body : bodies)
        result.push_back(std::make_shared<const Program>(retyped(*body, floats)));
    return result;
}

std::vector<TensorType> inputTypes(const OpCase &c, DType floats)
{
    std::vector<TensorType> types;
    for (const CaseInput &input : c.inputs)
        types.push_back({isFloating(input.dtype) ? floats : input.dtype, Shape(input.dims)});
    return types;
}

bool hasFloats(const OpCase &c)
{
    return std::any_of(c.inputs.begin(), c.inputs.end(), [](const CaseInput &i) { return isFloating(i.dtype); });
}

Program caseProgram(const Op &op, const OpCase &c, DType floats)
{
    Builder b;
    std::vector<ValueId> inputs;
    for (const TensorType &type : inputTypes(c, floats))
        inputs.push_back(b.input("in" + std::to_string(inputs.size()), type));
    const auto outputs = b.emitAll(op.name, inputs, c.attrs, retyped(c.bodies, floats));
    for (std::size_t i = 0; i < outputs.size(); ++i)
        b.output("out" + std::to_string(i), outputs[i]);
    return b.take();
}

std::vector<Tensor> caseInputs(const Op &op, const OpCase &c, DType floats)
{
    std::uint64_t seed = 1469598103934665603u; // FNV-1a of the names
    for (const char ch : std::string(op.name) + "/" + c.name)
        seed = (seed ^ static_cast<unsigned char>(ch)) * 1099511628211u;
    std::vector<Tensor> inputs;
    const auto types = inputTypes(c, floats);
    for (std::size_t i = 0; i < types.size(); ++i)
        inputs.push_back(randomTensor(types[i], c.inputs[i].domain, c.inputs[i].bound, seed + i));
    return inputs;
}

Tensor randomTensor(const TensorType &type, Domain domain, std::int64_t bound, std::uint64_t seed)
{
    Tensor t(type.dtype, type.shape.concrete());
    Source source(seed);
    if (domain == Domain::Distinct) {
        fillDistinct(t, source);
        return t;
    }
    for (std::int64_t i = 0; i < t.elements(); ++i)
        t.set(i, draw(source, type.dtype, domain, bound));
    return t;
}

double reductionLength(const Program &program)
{
    double longest = 1;
    for (const Instruction &in : program.instructions) {
        const Dim flops = costOf(program, in).flops;
        double smallest = 0; // sums behind a small output are the longest
        for (const ValueId id : in.outputs) {
            const auto n = static_cast<double>(program.type(id).shape.elements().constant());
            smallest = n > 0 && (smallest == 0 || n < smallest) ? n : smallest;
        }
        if (flops.isConstant() && smallest > 0)
            longest = std::max(longest, static_cast<double>(flops.constant()) / smallest);
    }
    return longest;
}

std::string label(const Op &op, const OpCase &c, DType floats)
{
    return std::string(op.name) + ", case \"" + c.name + "\", " + std::string(name(floats)) + ": ";
}

std::vector<std::string> differences(const Tensor &expected, const Tensor &actual, double tolerance)
{
    if (!(expected.type() == actual.type()))
        return {"expected " + expected.type().toString() + ", got " + actual.type().toString()};
    double squares = 0;
    std::int64_t finite = 0;
    for (std::int64_t i = 0; i < expected.elements(); ++i)
        if (std::isfinite(expected.at(i))) {
            squares += expected.at(i) * expected.at(i);
            ++finite;
        }
    const double typical = finite > 0 ? std::sqrt(squares / static_cast<double>(finite)) : 0;
    std::vector<std::string> found;
    for (std::int64_t i = 0; i < expected.elements() && found.size() < 5; ++i) {
        const double e = expected.at(i);
        const double a = actual.at(i);
        const double allowed = tolerance * std::max({std::abs(e), typical, kSmallest});
        if (e == a || (std::isnan(e) && std::isnan(a)) || std::abs(e - a) <= allowed)
            continue;
        found.push_back("element " + std::to_string(i) + " is " + std::to_string(a) + ", expected " + std::to_string(e)
                        + " (off by " + std::to_string(std::abs(a - e) / allowed) + " times what is allowed)");
    }
    return found;
}

} // namespace espalier::test
