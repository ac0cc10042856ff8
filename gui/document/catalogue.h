// SPDX-License-Identifier: GPL-3.0-or-later
// The layer catalogue as the engine describes it, as plain data: what palette, properties and edits are made from.
#pragma once

#include "engine/base/json_value.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace espalier {

enum class ParamForm { Integer, Real, Bool, Choice, IntegerList, Expression, Text, File, DTypeName, Initializer, Any };

/// One parameter of a layer. A type that this studio does not know is a Text.
struct ParamInfo {
    std::string name; ///< "out_features", the key in DocumentNode::params
    ParamForm form = ParamForm::Text;
    std::string typeName; ///< as the engine spells it, known or not
    JsonValue fallback; ///< the default; null: must be given
    std::string label; ///< "Outputs"
    std::string help;
    std::optional<double> minimum;
    std::optional<double> maximum;
    std::vector<std::string> choices;
    std::vector<std::string> choiceLabels; ///< as many, or none
    int minLength = 1; ///< of IntegerList
    int maxLength = 8;
    std::string unit; ///< "px", ""
    friend bool operator==(const ParamInfo &, const ParamInfo &) = default;
};

/// Which numbers an input takes.
enum class PortNumbers { Any, Real, Whole };

struct PortInfo {
    std::string name;
    std::string help;
    bool isOptional = false;
    bool isVariadic = false; ///< takes several wires
    PortNumbers numbers = PortNumbers::Any; ///< of an input, as the two below
    int minRank = 0; ///< fewest axes, with the batch
    int maxRank = 8;
    friend bool operator==(const PortInfo &, const PortInfo &) = default;
};

struct PortList {
    std::vector<PortInfo> inputs;
    std::vector<PortInfo> outputs;
    friend bool operator==(const PortList &, const PortList &) = default;
};

struct LayerInfo {
    std::string id; ///< "Dense", "op.matmul"
    int version = 1;
    std::string category; ///< "Linear"; a heading of the palette
    std::string title; ///< "Convolution 2D"
    std::string help;
    std::vector<std::string> aliases; ///< more words to find it by
    std::vector<ParamInfo> params;
    PortList ports; ///< with the default parameters
    bool isTrainingOnly = false;
    bool hasDynamicPorts = false; ///< the parameters decide the ports
    std::string outputsFrom; ///< the parameter that lists the names of the outputs ("columns" of Input); empty: none
    std::string icon; ///< name of the picture: the category's

    const ParamInfo *findParam(std::string_view name) const;
    bool isLoss() const { return category == "Loss"; }
};

class Catalogue {
public:
    Catalogue() = default;
    /// Reads the engine's answer to `describe` ({"layers": [...], "op_layers": [...]}). What can't be read is left out,
    /// so that an engine one version newer still works.
    static Catalogue fromJson(const JsonValue &describe);

    /// In the order of the palette; kinds "op.<name>" come last.
    const std::vector<LayerInfo> &layers() const { return m_layers; }
    /// Headings in the order in which they occur.
    std::vector<std::string> categories() const;
    const LayerInfo *find(std::string_view kind) const;
    bool isEmpty() const { return m_layers.empty(); }

private:
    std::vector<LayerInfo> m_layers;
    std::unordered_map<std::string, std::size_t> m_index;
};

/// One parameter of `describe`; `nameKey` is the member that names it ("path" for training settings).
ParamInfo paramFromJson(const JsonValue &json, std::string_view nameKey = "name");

/// Every parameter with its default, in the order of the schema. Null defaults are written too: the engine then tells
/// what must be given.
JsonValue defaultParams(const LayerInfo &layer);

/// "linear", "input-output": a name of letters, digits and dashes for pictures and theme roles.
std::string categoryKey(std::string_view category);

} // namespace espalier
