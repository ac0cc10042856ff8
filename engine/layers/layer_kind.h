// SPDX-License-Identifier: Apache-2.0
// A layer kind: what a person drags. Schema, ports, and a `build` that composes ops. Declared once, listed in
// catalog.cpp.
#pragma once

#include "engine/base/json_value.h"
#include "engine/ops/builder.h"
#include "engine/protocol/document.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

enum class ParamType { Integer, Real, Bool, Choice, IntegerList, Expression, Text, File, DTypeName, Initializer, Any };

/// One parameter of a layer, by PyTorch's name. Everything that the property editor, the check and the docs need.
struct ParamSpec {
    std::string_view name; ///< "out_features"
    ParamType type = ParamType::Integer;
    JsonValue fallback; ///< the default; null: must be given
    std::string_view label; ///< "Outputs"
    std::string_view help; ///< one sentence in plain words
    std::optional<double> minimum;
    std::optional<double> maximum;
    std::vector<std::string_view> choices; ///< of Choice
    int minLength = 1; ///< of IntegerList
    int maxLength = 8;
    std::string_view unit; ///< "px", "steps", ""
};

/// Which numbers an input takes. What a build refuses is declared here, so that an editor can tell before it asks.
enum class Numbers { Any, Real, Whole };

struct PortSpec {
    std::string_view name; ///< "x"
    std::string_view help;
    Numbers numbers = Numbers::Any; ///< of an input
    int minRank = 0; ///< of an input: fewest axes, with the batch
    int maxRank = 8;
    bool optional = false;
    bool variadic = false; ///< takes several wires
};

/// A port of one node, where the kind's parameters decide which there are.
struct NodePort {
    std::string name;
    bool optional = false;
    bool variadic = false;
    friend bool operator==(const NodePort &, const NodePort &) = default;
};
struct NodePorts {
    std::vector<NodePort> inputs;
    std::vector<NodePort> outputs;
};

struct LayerKind;
struct Spelling;
struct SpellingCall;

enum class Mode { Train, Evaluate, Predict };

/// How a parameter starts. `scheme`: "fan_in_uniform" (PyTorch's default), "glorot_uniform", "glorot_normal",
/// "he_uniform", "he_normal", "zeros", "ones", "normal", "uniform", "constant". JSON form: "he_normal" or {"scheme":
/// "normal", "mean": 0, "std": 0.02}.
struct Initializer {
    std::string scheme = "zeros";
    double a = 0; ///< mean, low, or the constant
    double b = 1; ///< std or high
    std::int64_t fanIn = 0; ///< filled in by the layer; Glorot and He need them
    std::int64_t fanOut = 0;
};
Result<Initializer> readInitializer(const JsonValue &value);

/// A tensor that a layer owns.
struct StateInfo {
    std::string path; ///< id path: "<node id>.weight", through blocks "<instance id>/0/<node id>.weight"
    std::string name; ///< name path: "dense1.weight", the safetensors key
    TensorType type;
    Initializer initializer;
    bool trainable = true; ///< false: running statistics
    bool decay = true; ///< false: biases and normalisation scales when the person asks to spare them
};

/// A loss of the drawing: `sum` over samples and `count` of terms, so that epochs add up exactly.
struct LossInfo {
    std::string node; ///< id path
    std::string name;
    ValueId sum = kNoValue; ///< scalar float
    ValueId count = kNoValue; ///< scalar float: loss value = sum / count
    ValueId terms = kNoValue; ///< what `sum` sums: [batch, ...], to tell which samples are hard
    double weight = 1;
    ValueId prediction = kNoValue; ///< for metrics
    ValueId target = kNoValue;
    bool isClassification = false; ///< target is class indices; prediction has a score for each class on the last axis
    bool isProbability = false; ///< of classes: the scores are probabilities already
    bool isBinary = false; ///< prediction is one score (logit or probability, see `threshold`) for each target in 0..1
    double threshold = 0; ///< of a binary prediction
};

/// What `build` works with. Ports and parameters are read by name; problems are recorded with node and port.
class LayerContext {
public:
    virtual ~LayerContext() = default;
    virtual Builder &builder() = 0;
    virtual Mode mode() const = 0;
    virtual const LayerKind &kind() const = 0;
    virtual const DocumentNode &node() const = 0;

    /// kNoValue for an optional port without a wire. Missing required ones never reach build.
    virtual ValueId input(std::string_view port) = 0;
    virtual std::vector<ValueId> inputs(std::string_view variadicPort) = 0;
    virtual void output(std::string_view port, ValueId value) = 0;

    /// Parameter values, checked against the schema, defaults filled in.
    virtual const JsonValue &param(std::string_view name) const = 0;
    std::int64_t integer(std::string_view name) const { return param(name).integer(); }
    double real(std::string_view name) const { return param(name).number(); }
    bool boolean(std::string_view name) const { return param(name).boolean(); }
    const std::string &text(std::string_view name) const { return param(name).string(); }
    /// A single number stands for all `length` entries.
    virtual std::vector<std::int64_t> integers(std::string_view name, int length) const = 0;

    /// A trained tensor; the same (node, name) gives the same state. Initialiser's fans must be set.
    virtual ValueId parameter(std::string_view name, TensorType type, Initializer initializer, bool decay = true) = 0;
    /// A tensor that is kept but not trained; `update` gives its next value (only in Mode::Train).
    virtual ValueId runningState(std::string_view name, TensorType type, Initializer initializer) = 0;
    virtual void updateState(std::string_view name, ValueId next) = 0;

    virtual ValueId seed() = 0; ///< int64 scalar, fixed for the run
    virtual ValueId step() = 0; ///< int64 scalar, counts optimizer steps
    virtual std::int64_t randomStream() = 0; ///< attribute `stream` of random ops: hash of the stable node path

    virtual void loss(LossInfo info) = 0; ///< node, name and weight are filled in by the graph
    virtual void observe(std::string_view tag, ValueId value) = 0; ///< "activation" -> "<name path>/activation"

    /// One problem of this node: recorded, shown at `port` or `parameter`. The output stays unknown.
    virtual void problem(Error error, std::string_view port = {}, std::string_view parameter = {}) = 0;
    /// Type of the column that a port of an Input node is bound to, with the leading batch; unknown where there is no
    /// data section. A source or column that the data lack is recorded as a problem.
    virtual TensorType boundColumn(std::string_view port) = 0;
    /// Whether anything that is built reads this output port.
    virtual bool isUsed(std::string_view port) const = 0;
    /// A value that is given from outside at each run; for Input. Named "<name path>.<port>". `given` is what eval
    /// takes where nobody gives one; empty: none.
    virtual ValueId programInput(std::string_view port, TensorType type, Tensor given) = 0;
    /// Sizes of the batches that training will see (the last may be short); empty where nobody knows.
    virtual std::span<const std::int64_t> batchSizes() const = 0;
    /// A button that puts a node of `kind` on the wire into `port`.
    virtual Fix insertBeforeFix(std::string_view label, std::string_view port, std::string_view kind, JsonValue params)
        = 0;
    /// A button that sets a field of this node ("params/axis", "kind").
    virtual Fix setFieldFix(std::string_view label, std::string_view field, JsonValue value) = 0;
};

/// A small graph around the layer for the catalog test.
struct LayerCase {
    std::string name;
    JsonValue params = JsonValue::object(); ///< what differs from the defaults
    std::vector<CaseInput> inputs; ///< in port order
    bool checkGradient = true;
    std::string reason;
};

struct LayerKind {
    std::string_view id; ///< "Dense"; frozen into documents
    int version = 1;
    std::string_view
        category; ///< "Input & output", "Linear", "Convolution", "Normalisation", "Activation", "Loss", ...
    std::string_view title;
    std::string_view help;
    std::vector<std::string_view> aliases; ///< search: PyTorch, Keras and ONNX names
    std::vector<ParamSpec> params;
    std::vector<PortSpec> inputs;
    std::vector<PortSpec> outputs;
    bool trainingOnly = false; ///< losses, dropout: left out of predict and export
    void (*build)(LayerContext &context) = nullptr; ///< nullptr: the graph does it (blocks, Scan)
    std::vector<LayerCase> (*cases)() = nullptr;
    /// Where parameters decide the ports (Input's columns, Formula's names); nullptr: `inputs` and `outputs`.
    NodePorts (*ports)(const JsonValue &params) = nullptr;
    /// The layer in PyTorch's own words (spelling.h); nullptr, or nothing for this node: it is written from its ops.
    std::optional<Spelling> (*pytorch)(const SpellingCall &call) = nullptr;
    std::string_view outputsFrom; ///< the parameter that lists the outputs' names, where that is all that `ports` does
};

/// Ports of a node of this kind with these (complete) parameters.
NodePorts portsOf(const LayerKind &kind, const JsonValue &params);
/// `params` with the kind's defaults for what is missing; what the kind does not know stays.
JsonValue completeParams(const LayerKind &kind, const JsonValue &params);
/// Every problem of `params` against the schema: types, ranges, choices, names. where.parameter is set. `node` is the
/// name that the sentences use.
std::vector<Error> checkParams(const LayerKind &kind, const JsonValue &params, std::string_view node);

/// All kinds, in the order of the palette. `op.<name>` kinds are made from the ops and not listed here.
std::span<const LayerKind *const> allLayers();
/// Also finds "op.<name>". nullptr if there is none.
const LayerKind *findLayer(std::string_view id);

} // namespace espalier
