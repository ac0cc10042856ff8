// SPDX-License-Identifier: Apache-2.0
// The lines of one class: what __init__ makes and forward computes. Private to this library.
#pragma once

#include "engine/exchange/pytorch/module_writer.h"

#include <functional>

namespace espalier::pytorch {

/// Where a class lies in the model.
struct Scope {
    const Program &program;
    std::string prefix; ///< of the id paths inside of it
    std::string attribute; ///< of the keys inside of it: "encoder.0."
    const Scope *parent = nullptr;
    std::map<ValueId, std::string> argumentNames;
    std::map<ValueId, std::string> lifted; ///< of a loop's body: states of the outer program, by path

    /// Path of the state that this value is; "" for any other value.
    std::string stateOf(ValueId value) const;
};

/// How a block's instance stands in the class around it.
struct GroupName {
    std::string title; ///< what the class is called
    std::string attribute; ///< "encoder" or "encoder.0"
    std::string onlyInput; ///< name of the block's only input; "" where it has several
    std::string list; ///< "encoder" where there are several; else ""
    bool isShared = false; ///< another repeat has made the module
};

class NodeWriter {
public:
    NodeWriter(const Lowered &lowered, const Document &document, Source &source, Scope &scope,
               const std::vector<ValueId> &inputs);

    void write(const LoweredNode &node);
    GroupName groupName(const std::string &group) const; ///< of "<instance id>/<repeat>/"
    void writeGroup(const GroupName &name, const std::string &type, const std::vector<ValueId> &inputs,
                    const std::vector<ValueId> &outputs);
    void writeScan(const LoweredNode &node, const Instruction &scan, const std::string &type);
    /// The node's place in the state_dict: "encoder.0.fc1".
    std::string attribute(const LoweredNode &node) { return m_scope.attribute + attributeOf(node); }
    /// The whole text of the class, without its first line.
    std::string finish(const std::vector<ValueId> &outputs);

private:
    using Values = std::unordered_map<ValueId, Expression>;
    struct Part {
        const Program &program;
        Values &values;
        std::vector<std::int32_t> uses;
    };

    const Lowered &m_lowered;
    const Document &m_document;
    Source &m_source;
    Scope &m_scope;
    std::vector<ValueId> m_inputs;
    Values m_values;
    std::set<std::string> m_names; ///< of variables
    std::map<std::string, std::string> m_attributes; ///< by id path
    std::vector<std::string> m_init;
    std::vector<std::pair<std::string, std::vector<std::string>>> m_lists;
    std::vector<std::string> m_forward;
    std::string m_indent = "        ";
    std::set<std::string> m_symbols;

    std::string attributeOf(const LoweredNode &node);
    std::string variable(std::string_view wanted);
    void line(const std::string &text) { m_forward.push_back(m_indent + text); }
    Expression valueOf(ValueId value);
    std::string nameFor(const LoweredNode &node, std::size_t port) const;
    std::vector<StateInfo> statesOf(const LoweredNode &node) const;

    bool writeSpelled(const LoweredNode &node);
    void writeOps(const LoweredNode &node);
    void declareParameters(const LoweredNode &node);
    void writeInstructions(Part &part, const std::vector<const Instruction *> &instructions,
                           const std::map<ValueId, std::string> &wanted);
    std::vector<Expression> expressionsOf(Part &part, const Instruction &instruction);
    std::vector<Expression> expand(Part &part, const Instruction &instruction, const std::vector<Expression> &inputs);
    using Body = std::function<std::vector<std::string>(const std::vector<std::string> &arguments)>;
    std::vector<Expression> loop(const Instruction &scan, const std::vector<Expression> &inputs, const Body &body);
    Expression read(Part &part, ValueId value);
};

} // namespace espalier::pytorch
