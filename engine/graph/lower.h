// SPDX-License-Identifier: Apache-2.0
// A drawing becomes a program: shapes, types and problems while editing, and what training and prediction compile.
#pragma once

#include "engine/layers/layer_kind.h"
#include "engine/protocol/document.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

/// A column of a data source, as the drawing needs to know it.
struct BoundColumn {
    std::string name; ///< "image"
    TensorType type; ///< of one sample, without the batch: float32[1, 28, 28]; int64[] for a label
    std::int64_t classes = 0; ///< values are class indices 0 .. classes - 1; 0: no classes
};

struct BoundSource {
    std::string id;
    std::string name;
    std::vector<BoundColumn> columns;
};

struct LowerOptions {
    Mode mode = Mode::Train;
    /// Builds every node, so that each port has a type and each problem is found. Otherwise only what Output nodes and
    /// (but for predict) losses need.
    bool everything = false;
    /// Names or ids of the losses to build (a training phase); empty: all. Not used by predict.
    std::vector<std::string> losses;
    bool keepOutputs = true; ///< false leaves out Output nodes: a training step needs its losses only
    bool hasData = false; ///< `sources` is what the document's data section offers
    std::vector<BoundSource> sources;
    /// Types of Input ports that no source gives ("x" or "input1.x"), whole, with the batch: for eval. They go before
    /// what the node declares.
    std::map<std::string, TensorType, std::less<>> inputTypes;
    std::vector<std::int64_t> batchSizes; ///< that training will see: {32, 17}; empty: unknown
    bool observe = true; ///< adds observation points "<name path>/activation"
};

/// A program input that a data column or a caller feeds.
struct LoweredInput {
    std::string name; ///< of the program input: "<node name>.<port>"
    std::string node; ///< id path
    std::string source; ///< id of the data source; "" where the caller gives it
    std::string column; ///< column of the source, or the port
    ValueId value = kNoValue;
    Tensor given; ///< what the Input node itself declares as its value, for eval; empty: none
};

/// What an Output node shows.
struct LoweredOutput {
    std::string name; ///< name path of the Output node, and of the program output
    std::string node; ///< id path
    ValueId value = kNoValue;
};

/// The type at one output port.
struct PortType {
    std::string graph; ///< id of the graph that it is drawn in
    std::string node; ///< node id
    std::string path; ///< id path
    std::string name; ///< name path
    std::string kind;
    std::string port;
    TensorType type; ///< unknown where something is broken
    ValueId value = kNoValue; ///< in Lowered::program; none where something is broken and in the body of a Scan
    bool isInside = false; ///< of the body of a Scan: it has a value for each step, and none outside
};

/// A node that was built, with its values: what exports to source read.
struct LoweredNode {
    std::string path; ///< id path
    std::string statePath; ///< that its states are kept under
    std::string name; ///< its own
    const LayerKind *kind = nullptr;
    JsonValue params; ///< complete
    std::vector<std::string> ports; ///< names of the outputs
    std::vector<std::vector<ValueId>> inputs; ///< by port, by wire
    std::vector<ValueId> outputs; ///< kNoValue: not built
    std::vector<bool> used; ///< by output: some wire reads it
    bool isInBody = false; ///< of a Scan: the values are those of its body
};

struct Lowered {
    /// Inputs: columns, then "seed" and "step" (int64 scalars) where randomness is used. States with the final value of
    /// running statistics (Mode::Train). Outputs: one for each Output node; those of losses are up to the caller.
    Program program;
    std::vector<LoweredInput> inputs;
    std::vector<StateInfo> states; ///< in the order of program.states
    std::vector<LossInfo> losses;
    std::vector<LoweredOutput> outputs;
    std::vector<LoweredNode> nodes; ///< that were built, in order of evaluation; a Scan behind those of its body
    std::vector<PortType> ports; ///< of the nodes that were built, in order of evaluation
    std::vector<Error> problems; ///< empty: the program is sound
};

/// Pure, callable from any thread. 2,000 nodes take well under 100 ms. Symbols: "batch", and "time" where declared.
Lowered lower(const Document &document, const LowerOptions &options);

/// Every problem of the drawing in one list: form (documentProblems), wiring, parameters, shapes.
std::vector<Error> checkDocument(const Document &document, LowerOptions options);

} // namespace espalier
