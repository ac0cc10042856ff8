// SPDX-License-Identifier: Apache-2.0
#include "engine/server/data_proposal.h"

#include <algorithm>

namespace espalier {
namespace {

constexpr std::int64_t kEmbedding = 32; ///< numbers for each character or category

class Proposer {
public:
    Proposer(const SourceSpec &source, const std::vector<Column> &columns)
        : m_source(source)
        , m_columns(columns)
    {
    }

    JsonValue propose()
    {
        const Column *input = find(false);
        if (!input)
            return {};
        const Column *target = find(true);
        JsonValue names = JsonValue::array();
        for (const Column &column : m_columns)
            names.append(column.name);
        addNode("data", "Input", JsonValue::object().set("source", m_source.name).set("columns", std::move(names)));
        m_at = {"data", input->name};
        bringToVector(*input);
        finish(*input, target);
        JsonValue json = JsonValue::object();
        json.set("task", m_task).set("target", target ? target->name : input->name);
        json.set("nodes", std::move(m_nodes)).set("wires", std::move(m_wires));
        return json.set("split", splitFor(target)).set("normalize", normalizeFor());
    }

private:
    struct End {
        std::string node;
        std::string port;
    };

    const Column *find(bool isTarget) const
    {
        const Column *best = nullptr;
        for (const Column &column : m_columns)
            if (column.isTarget == isTarget && (!best || (best->classes > 0 && column.classes == 0)))
                best = &column;
        return best;
    }
    void addNode(const std::string &name, std::string_view kind, JsonValue params)
    {
        JsonValue node = JsonValue::object();
        m_nodes.append(node.set("name", name).set("kind", kind).set("column", m_depth++).set("params", params));
    }
    void wire(const End &from, const End &to)
    {
        const auto end = [](const End &e) { return JsonValue(JsonValue::Array{e.node, e.port}); };
        m_wires.append(JsonValue::object().set("from", end(from)).set("to", end(to)));
    }
    /// A node behind what was added last.
    void chain(const std::string &name, std::string_view kind, JsonValue params = JsonValue::object())
    {
        addNode(name, kind, std::move(params));
        wire(m_at, {name, "x"});
        m_at = {name, "y"};
    }
    void bringToVector(const Column &input)
    {
        const int rank = static_cast<int>(input.type.shape.rank());
        if (input.classes > 0 && isInteger(input.type.dtype)) {
            chain("embed", "Embedding",
                  JsonValue::object().set("num_embeddings", input.classes).set("embedding_dim", kEmbedding));
            m_isSequence = rank == 1;
        } else if (rank != 1) {
            chain("flatten", "Flatten");
        }
    }
    void finish(const Column &input, const Column *target)
    {
        JsonValue loss = JsonValue::object();
        std::string_view kind = "MSE";
        std::int64_t outputs = 0;
        if (target && target->classes > 0 && isInteger(target->type.dtype)) {
            m_task = m_isSequence && target->type.shape.rank() == 1 ? "sequence" : "classification";
            kind = "CrossEntropy";
            outputs = target->classes;
            if (m_task == "sequence")
                loss.set("dim", -1);
        } else {
            m_task = target ? "regression" : "reconstruction";
            const Dim elements = (target ? *target : input).type.shape.elements();
            outputs = elements.isConstant() ? elements.constant() : 1;
        }
        const End before = m_at; // a reconstruction is compared with what came in, flat
        chain("out", "Dense", JsonValue::object().set("out_features", outputs));
        addNode("scores", "Output", JsonValue::object());
        wire(m_at, {"scores", "x"});
        --m_depth;
        addNode("loss", kind, std::move(loss));
        wire(m_at, {"loss", "prediction"});
        wire(target ? End{"data", target->name} : before, {"loss", "target"});
    }
    JsonValue splitFor(const Column *target) const
    {
        JsonValue split = JsonValue::object();
        split.set("stratify",
                  m_task == "classification" && target->type.shape.rank() == 0 ? target->name : std::string());
        return split.set("in_order", m_source.kind == "text");
    }
    /// Made-up points and tensors of the document are of a good size already.
    JsonValue normalizeFor() const
    {
        JsonValue list = JsonValue::array();
        if (m_source.kind == "generator" || m_source.kind == "tensors")
            return list;
        for (const Column &column : m_columns)
            if (!column.isTarget && isFloating(column.type.dtype))
                list.append(JsonValue::object()
                                .set("column", column.name)
                                .set("method", column.type.shape.rank() == 3 ? "minmax" : "standard"));
        return list;
    }

    const SourceSpec &m_source;
    const std::vector<Column> &m_columns;
    JsonValue m_nodes = JsonValue::array();
    JsonValue m_wires = JsonValue::array();
    std::string m_task;
    End m_at;
    int m_depth = 0; ///< place from the left
    bool m_isSequence = false;
};

} // namespace

JsonValue proposalFor(const SourceSpec &source, const std::vector<Column> &columns)
{
    return Proposer(source, columns).propose();
}

} // namespace espalier
