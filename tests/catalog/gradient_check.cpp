// SPDX-License-Identifier: Apache-2.0
// Gradient rules against central differences.
#include "engine/backends/reference/interpreter.h"
#include "engine/ops/builder.h"
#include "tests/catalog/op_checks.h"
#include "tests/support/op_case.h"
#include "tests/support/tolerance.h"

#include <algorithm>
#include <memory>

namespace espalier::test {
namespace {

constexpr std::int64_t kSampled = 40; ///< elements of each input that are moved: the others follow the same code

class GradientCheck {
public:
    GradientCheck(const Op &op, const OpCase &c, const GradientRule &rule)
        : m_op(op)
        , m_case(c)
        , m_rule(rule)
        , m_forward(caseProgram(op, c, DType::Float64))
        , m_inputs(caseInputs(op, c, DType::Float64))
    {
        for (std::size_t i = 0; i < m_inputs.size(); ++i)
            if (isFloating(m_inputs[i].dtype()))
                m_floating.push_back(i);
        for (std::size_t o = 0; o < m_forward.outputs.size(); ++o) {
            const TensorType &type = m_forward.type(m_forward.outputs[o].value);
            m_seeds.push_back(isFloating(type.dtype) ? randomTensor(type, Domain::Normal, 1, 77 + o) : Tensor());
            if (isFloating(type.dtype))
                m_seeded.push_back(o);
        }
    }

    Failures run()
    {
        m_slopes = std::vector<std::vector<Slopes>>(m_inputs.size());
        for (const std::size_t i : m_floating)
            measure(i);
        if (!m_found.empty())
            return m_found;
        check(m_seeded, m_floating);
        if (m_seeded.size() > 1)
            for (const std::size_t o : m_seeded)
                check({o}, m_floating);
        if (m_floating.size() > 1)
            for (const std::size_t i : m_floating)
                check(m_seeded, {i});
        return m_found;
    }

private:
    /// d <seed, output o> / d element, for each output o.
    struct Slopes {
        std::int64_t element = 0;
        std::vector<double> ofOutput;
    };

    void report(const std::string &what) { m_found.push_back(label(m_op, m_case, DType::Float64) + what); }

    void measure(std::size_t i)
    {
        const std::int64_t n = m_inputs[i].elements();
        const std::int64_t stride = std::max<std::int64_t>(1, (n + kSampled - 1) / kSampled);
        for (std::int64_t e = 0; e < n; e += stride) {
            std::vector<Tensor> moved = m_inputs;
            moved[i] = m_inputs[i].clone();
            const double x = m_inputs[i].at(e);
            moved[i].set(e, x + kDifferenceStep);
            const auto above = interpret(m_forward, moved);
            moved[i].set(e, x - kDifferenceStep);
            const auto below = interpret(m_forward, moved);
            if (!above || !below)
                return report((above ? below.error() : above.error()).message());
            Slopes slopes{e, std::vector<double>(m_seeds.size(), 0)};
            for (const std::size_t o : m_seeded)
                for (std::int64_t k = 0; k < m_seeds[o].elements(); ++k)
                    slopes.ofOutput[o] += m_seeds[o].at(k) * (above->outputs[o].at(k) - below->outputs[o].at(k))
                        / (2 * kDifferenceStep);
            m_slopes[i].push_back(std::move(slopes));
        }
    }

    /// The rule's gradients of the inputs `wanted` for seeds on the outputs `seeded`; empty ones where it gives none.
    Result<std::vector<Tensor>> analytic(const std::vector<std::size_t> &seeded, const std::vector<std::size_t> &wanted)
    {
        Builder b(m_forward);
        b.program().outputs.clear();
        const Instruction in = b.program().instructions.front();
        std::vector<ValueId> gradients(in.outputs.size(), kNoValue);
        std::vector<Tensor> inputs = m_inputs;
        for (const std::size_t o : seeded) {
            gradients[o] = b.input("seed" + std::to_string(o), b.type(in.outputs[o]));
            inputs.push_back(m_seeds[o]);
        }
        const auto needed = std::make_unique<bool[]>(in.inputs.size());
        for (const std::size_t i : wanted)
            needed[i] = true;
        const auto parts = m_rule({b, in.attrs, in.inputs, in.outputs, gradients,
                                   std::span<const bool>(needed.get(), in.inputs.size()), in.bodies});
        if (!b.errors().empty())
            return fail(b.errors().front());
        if (parts.size() != in.inputs.size())
            return fail("test.parts", "the rule answers for {0} inputs of {1}", parts.size(), in.inputs.size());
        std::vector<std::size_t> given;
        for (const std::size_t i : wanted)
            if (parts[i] != kNoValue) {
                b.output("d" + std::to_string(i), parts[i]);
                given.push_back(i);
            }
        if (const std::string problem = verify(b.program()); !problem.empty())
            return fail("test.unsound", "the rule is unsound: {0}", problem);
        ESPALIER_TRY(const auto result, interpret(b.program(), inputs));
        std::vector<Tensor> tensors(m_inputs.size());
        for (std::size_t k = 0; k < given.size(); ++k)
            tensors[given[k]] = result.outputs[k];
        return tensors;
    }

    void check(const std::vector<std::size_t> &seeded, const std::vector<std::size_t> &wanted)
    {
        const auto gradients = analytic(seeded, wanted);
        if (!gradients)
            return report(gradients.error().message());
        for (const std::size_t i : wanted) {
            const Tensor &gradient = (*gradients)[i];
            if (!gradient.isEmpty() && gradient.dims() != m_inputs[i].dims()) {
                report("input " + std::to_string(i) + " has a gradient of " + gradient.type().toString());
                continue;
            }
            compare(i, gradient, seeded);
        }
    }

    void compare(std::size_t i, const Tensor &gradient, const std::vector<std::size_t> &seeded)
    {
        double typical = 0.1;
        for (const Slopes &slopes : m_slopes[i])
            for (const std::size_t o : seeded)
                typical = std::max(typical, std::abs(slopes.ofOutput[o]) / 10);
        int reported = 0;
        for (const Slopes &slopes : m_slopes[i]) {
            double expected = 0;
            for (const std::size_t o : seeded)
                expected += slopes.ofOutput[o];
            const double got = gradient.isEmpty() ? 0 : gradient.at(slopes.element);
            const double allowed = kGradientTolerance * m_case.tolerance * std::max(typical, std::abs(expected));
            if (std::abs(got - expected) <= allowed || ++reported > 3)
                continue;
            report("gradient of input " + std::to_string(i) + " at " + std::to_string(slopes.element) + " is "
                   + std::to_string(got) + (gradient.isEmpty() ? " (none)" : "") + ", differences give "
                   + std::to_string(expected));
        }
    }

    const Op &m_op;
    const OpCase &m_case;
    const GradientRule &m_rule;
    Program m_forward;
    std::vector<Tensor> m_inputs;
    std::vector<Tensor> m_seeds; ///< for each output; none where it is not floating
    std::vector<std::size_t> m_floating;
    std::vector<std::size_t> m_seeded;
    std::vector<std::vector<Slopes>> m_slopes;
    Failures m_found;
};

} // namespace

bool hasGradient(const Op &op, const OpCase &c)
{
    return op.gradient && c.checkGradient && hasFloats(c);
}

Failures checkGradient(const Op &op, const OpCase &c, const GradientRule &rule)
{
    return GradientCheck(op, c, rule).run();
}

} // namespace espalier::test
