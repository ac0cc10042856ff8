// SPDX-License-Identifier: Apache-2.0
// The element-wise table as a whole, its type rules and its test cases. Rows: elementwise_unary.cpp,
// elementwise_binary.cpp, elementwise_other.cpp; values: scalar_math.h.
#include "engine/ops/elementwise_rules.h"

#include "engine/ops/families.h"

#include <unordered_map>

namespace espalier {
namespace elementwise {
namespace {

using KindTable = std::unordered_map<std::string_view, unsigned>;

template <typename... F>
void addKinds(KindTable &table, scalar::List<F...>)
{
    (table.emplace(F::name, F::kinds), ...);
}

} // namespace

unsigned kindsOf(std::string_view name)
{
    static const KindTable table = [] {
        KindTable all;
        addKinds(all, scalar::UnaryList{});
        addKinds(all, scalar::BinaryList{});
        return all;
    }();
    const auto found = table.find(name);
    return found == table.end() ? unsigned(scalar::kAny) : found->second;
}

InferredTypes inferUnary(const OpCall &call)
{
    ESPALIER_CHECK(checkKind(call.op.name, call.inputs[0], kindsOf(call.op.name)));
    return std::vector{call.inputs[0]};
}

InferredTypes inferPredicate(const OpCall &call)
{
    ESPALIER_CHECK(checkKind(call.op.name, call.inputs[0], kindsOf(call.op.name)));
    return std::vector{TensorType{DType::Bool, call.inputs[0].shape}};
}

InferredTypes inferBinary(const OpCall &call)
{
    ESPALIER_CHECK(checkSameDType(call.op.name, call.inputs[0], call.inputs[1]));
    ESPALIER_CHECK(checkKind(call.op.name, call.inputs[0], kindsOf(call.op.name)));
    ESPALIER_TRY(Shape shape, broadcastShapes(call.op.name, call.inputs[0].shape, call.inputs[1].shape));
    return std::vector{TensorType{call.inputs[0].dtype, std::move(shape)}};
}

InferredTypes inferComparison(const OpCall &call)
{
    ESPALIER_TRY(auto types, inferBinary(call));
    types[0].dtype = DType::Bool;
    return types;
}

std::vector<OpCase> unaryCases(unsigned kinds, Domain domain, const Attrs &attrs)
{
    std::vector<OpCase> cases;
    if (kinds & scalar::kFloat)
        for (const Dims &dims : {Dims{}, Dims{1}, Dims{3, 5}, Dims{2, 0, 3}, Dims{2, 3, 1, 4}})
            cases.push_back({"floats " + Shape(dims).toString(), attrs, {{dims, DType::Float32, domain}}});
    if (kinds & scalar::kInt)
        for (const DType dtype : {DType::Int32, DType::Int64})
            cases.push_back({std::string(name(dtype)), attrs, {{{3, 5}, dtype, Domain::Normal}}});
    if (kinds & scalar::kBool)
        cases.push_back({"bool", attrs, {{{3, 5}, DType::Bool, Domain::Boolean}}});
    return cases;
}

std::vector<OpCase> binaryCases(unsigned kinds, Domain a, Domain b)
{
    struct Pair {
        Dims a;
        Dims b;
    };
    const Pair pairs[]
        = {{{3, 5}, {3, 5}}, {{}, {}},         {{3, 1}, {1, 4}},         {{2, 3}, {3}}, {{3}, {2, 3}}, {{}, {2, 2}},
           {{2, 1, 5}, {}},  {{0, 3}, {1, 3}}, {{2, 3, 3, 5}, {3, 1, 1}}};
    std::vector<OpCase> cases;
    const auto add = [&](DType dtype, Domain x, Domain y) {
        for (const Pair &p : pairs)
            cases.push_back({std::string(name(dtype)) + " " + Shape(p.a).toString() + " with " + Shape(p.b).toString(),
                             {},
                             {{p.a, dtype, x}, {p.b, dtype, y}}});
    };
    if (kinds & scalar::kFloat)
        add(DType::Float32, a, b);
    if (kinds & scalar::kInt) {
        add(DType::Int64, Domain::Normal, Domain::Normal);
        add(DType::Int32, Domain::Normal, Domain::Normal);
    }
    if (kinds & scalar::kBool)
        add(DType::Bool, Domain::Boolean, Domain::Boolean);
    return cases;
}

} // namespace elementwise

std::span<const Op> elementwiseOps()
{
    static const std::vector<Op> ops = [] {
        std::vector<Op> all = elementwise::unaryRows();
        for (auto rows : {elementwise::binaryRows(), elementwise::otherRows()})
            all.insert(all.end(), rows.begin(), rows.end());
        for (Op &op : all)
            op.traits.elementwise = true;
        return all;
    }();
    return ops;
}

} // namespace espalier
