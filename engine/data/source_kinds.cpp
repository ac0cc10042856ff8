// SPDX-License-Identifier: Apache-2.0
#include "engine/data/source_kinds.h"

#include "engine/base/assert.h"

#include <algorithm>
#include <cmath>

namespace espalier {
namespace {

using Type = SourceParameterType;
constexpr double kMany = 1e9;
constexpr double kNoLimit = std::numeric_limits<double>::infinity();

std::vector<SourceKind> makeKinds()
{
    const JsonValue none = JsonValue::array();
    std::vector<SourceKind> kinds;
    kinds.push_back(
        {"builtin",
         "Built-in data set",
         "A small real data set that comes with the program.",
         {{"name",
           "Data set",
           Type::Choice,
           "digits",
           "digits: 1,797 pictures of 8 x 8; iris: 150 flowers; wine: 178 wines; breast_cancer: 569 tumours.",
           -kNoLimit,
           kNoLimit,
           {"digits", "iris", "wine", "breast_cancer"},
           {}}}});
    kinds.push_back(
        {"csv",
         "Table (CSV, TSV)",
         "A text table, one row a line, plain or .gz.",
         {{"path", "File", Type::File, "", "The table."},
          {"delimiter",
           "Delimiter",
           Type::Choice,
           "auto",
           "What stands between two cells.",
           -kNoLimit,
           kNoLimit,
           {"auto", "comma", "semicolon", "tab", "pipe", "space"},
           {}},
          {"header",
           "First line",
           Type::Choice,
           "auto",
           "Whether the first line holds the names of the columns.",
           -kNoLimit,
           kNoLimit,
           {"auto", "names", "data"},
           {}},
          {"features", "Features", Type::Names, none, "Columns to learn from; none: all but the target."},
          {"target", "Target", Type::Names, none, "Columns to learn; none: the last one; \"-\": no target."},
          {"target_type",
           "Target is",
           Type::Choice,
           "auto",
           "A class or a number. auto: text, and up to 20 different whole numbers, are classes.",
           -kNoLimit,
           kNoLimit,
           {"auto", "class", "number"},
           {}},
          {"categorical", "Categorical columns", Type::Names, none,
           "Columns of numbers that are names of something; columns of text are found by themselves."},
          {"encoding",
           "Categories become",
           Type::Choice,
           "one_hot",
           "one_hot: a 0 or 1 for each value, among the features; index: a column of class numbers for an Embedding.",
           -kNoLimit,
           kNoLimit,
           {"one_hot", "index"},
           {}},
          {"labels", "Class names", Type::Names, none, "The classes in their order; none: all that occur, sorted."},
          {"missing",
           "Missing cells",
           Type::Choice,
           "refuse",
           "refuse: say where one is; drop: leave out the row; mean: fill in the column's mean or most common value.",
           -kNoLimit,
           kNoLimit,
           {"refuse", "drop", "mean"},
           {}}}});
    kinds.push_back(
        {"idx",
         "Pictures in IDX (MNIST)",
         "Images and labels in the format of MNIST, plain or .gz.",
         {{"path", "Folder", Type::Folder, "", "A folder with the two files, found by their names."},
          {"images", "Images", Type::File, "", "The images, if not found by the folder; relative to it."},
          {"labels", "Labels", Type::File, "", "The labels, if not found by the folder; relative to it."},
          {"part",
           "Part",
           Type::Choice,
           "auto",
           "Which pair of files a folder with two gives; auto: train where there is one.",
           -kNoLimit,
           kNoLimit,
           {"auto", "train", "t10k"},
           {}},
          {"classes", "Classes", Type::Integer, 0, "Labels lie below it; 0: the largest label and one.", 0, kMany},
          {"flip", "Flip", Type::Bool, false, "Mirrors every second picture, at random, while training."},
          {"crop", "Shift", Type::Integer, 0, "Shifts each picture by up to so many pixels while training.", 0,
           1024}}});
    kinds.push_back(
        {"folder",
         "Folder of pictures",
         "PNG and JPEG files, one folder for each class.",
         {{"path", "Folder", Type::Folder, "", "Its folders are the classes; without any, its pictures have no label."},
          {"height", "Height", Type::Integer, 0, "Pictures are scaled to it; 0: the height of the first.", 0, 8192},
          {"width", "Width", Type::Integer, 0, "Pictures are scaled to it; 0: the width of the first.", 0, 8192},
          {"colour", "Colour", Type::Choice, "rgb", "Three channels or one.", -kNoLimit, kNoLimit, {"rgb", "grey"}, {}},
          {"fit",
           "Fit",
           Type::Choice,
           "stretch",
           "crop keeps the proportions and cuts the longer side.",
           -kNoLimit,
           kNoLimit,
           {"stretch", "crop"},
           {}},
          {"flip", "Flip", Type::Bool, false, "Mirrors every second picture, at random, while training."},
          {"crop", "Shift", Type::Integer, 0, "Shifts each picture by up to so many pixels while training.", 0,
           1024}}});
    kinds.push_back({"text",
                     "Text by character",
                     "Windows of a plain text; the target is the same window one character later.",
                     {{"path", "File", Type::File, "", "The text, plain or .gz, in UTF-8."},
                      {"window", "Window", Type::Integer, 64, "Characters in one row.", 1, 1e6},
                      {"stride", "Stride", Type::Integer, 0,
                       "From one window to the next; 0: the window, so that none overlap.", 0, 1e6}}});
    kinds.push_back(
        {"generator",
         "Generated",
         "Made-up data, the same for the same seed.",
         {{"shape",
           "Shape",
           Type::Choice,
           "spirals",
           "What is drawn.",
           -kNoLimit,
           kNoLimit,
           {"spirals", "circles", "moons", "xor", "normal"},
           {}},
          {"samples", "Rows", Type::Integer, 1000, "How many rows.", 1, kMany},
          {"noise", "Noise", Type::Number, 0.1, "Standard deviation of what is added to each point.", 0, 1e6},
          {"seed", "Seed", Type::Integer, 0, "Another seed draws other points.", 0, 1e15},
          {"classes", "Classes", Type::Integer, 2, "How many classes.", 2, 1e6, {}, {"spirals", "circles", "normal"}},
          {"turns", "Turns", Type::Number, 1.0, "Of each arm.", 0.01, 100, {}, {"spirals"}},
          {"features", "Features", Type::Integer, 2, "Numbers in a row.", 1, 1e7, {}, {"normal"}},
          {"target",
           "Target",
           Type::Choice,
           "regression",
           "regression: numbers from N(0, 1); linear: a linear map of the features and noise; class: which of the "
           "clusters.",
           -kNoLimit,
           kNoLimit,
           {"regression", "linear", "class"},
           {"normal"}},
          {"outputs", "Outputs", Type::Integer, 1, "Numbers in a target.", 1, 1e7, {}, {"normal"}}}});
    kinds.push_back({"tensors",
                     "Written here",
                     "Small tensors that stand in the document itself.",
                     {{"columns", "Columns", Type::Tensors, JsonValue::object(),
                       "Name to nested list, or to {dtype, values}; the first axis is the row."}}});
    return kinds;
}

std::string_view name(Type type)
{
    constexpr std::string_view kNames[]
        = {"bool", "integer", "number", "text", "choice", "file", "folder", "file_or_folder", "names", "tensors"};
    return kNames[static_cast<std::size_t>(type)];
}

std::string wantedBy(const SourceParameter &declared)
{
    const auto bounds = [&] {
        std::string text;
        if (std::isfinite(declared.minimum))
            text += ", at least " + Arg(declared.minimum).text;
        if (std::isfinite(declared.maximum))
            text += ", at most " + Arg(declared.maximum).text;
        return text;
    };
    switch (declared.type) {
    case Type::Bool:
        return "true or false";
    case Type::Integer:
        return "a whole number" + bounds();
    case Type::Number:
        return "a number" + bounds();
    case Type::Choice: {
        std::string text = "one of ";
        for (std::size_t i = 0; i < declared.choices.size(); ++i)
            text.append(i ? ", " : "").append(declared.choices[i]);
        return text;
    }
    case Type::Names:
        return "a list of names";
    case Type::Tensors:
        return "an object of nested lists";
    default:
        return "a text";
    }
}

bool fits(const SourceParameter &declared, const JsonValue &value)
{
    const auto inRange = [&](double x) { return x >= declared.minimum && x <= declared.maximum; };
    switch (declared.type) {
    case Type::Bool:
        return value.isBool();
    case Type::Integer:
        return value.isNumber() && value.number() == std::floor(value.number()) && inRange(value.number());
    case Type::Number:
        return value.isNumber() && inRange(value.number());
    case Type::Choice:
        return value.isString()
            && std::find(declared.choices.begin(), declared.choices.end(), value.string()) != declared.choices.end();
    case Type::Names:
        return value.isArray()
            && std::all_of(value.items().begin(), value.items().end(), [](const JsonValue &v) { return v.isString(); });
    case Type::Tensors:
        return value.isObject();
    default:
        return value.isString();
    }
}

JsonValue namesJson(const std::vector<std::string_view> &names)
{
    JsonValue list = JsonValue::array();
    for (const std::string_view item : names)
        list.append(item);
    return list;
}

} // namespace

const std::vector<SourceKind> &sourceKinds()
{
    static const std::vector<SourceKind> kKinds = makeKinds();
    return kKinds;
}

const SourceKind *findSourceKind(std::string_view kindName)
{
    for (const SourceKind &kind : sourceKinds()) {
        if (kind.name == kindName)
            return &kind;
    }
    return nullptr;
}

const JsonValue &parameter(const SourceSpec &source, std::string_view parameterName)
{
    if (source.parameters.has(parameterName))
        return source.parameters[parameterName];
    const SourceKind *kind = findSourceKind(source.kind);
    ESPALIER_ASSERT(kind, "a parameter of an unknown source kind was asked for");
    for (const SourceParameter &declared : kind->parameters) {
        if (declared.name == parameterName)
            return declared.fallback;
    }
    ESPALIER_ASSERT(false, "a source kind was asked for a parameter that it does not declare");
}

Result<void> checkParameters(const SourceSpec &source, const std::string &pointer)
{
    const SourceKind *kind = findSourceKind(source.kind);
    if (!kind)
        return {};
    for (const SourceParameter &declared : kind->parameters) {
        if (!fits(declared, parameter(source, declared.name))) {
            const std::string place = pointer + "/" + std::string(declared.name);
            return fail(error("data.parameter", "The {0} of the source {1} must be {2}.", declared.name, source.name,
                              Arg(Arg::Kind::Text, wantedBy(declared)))
                            .at({.parameter = place}));
        }
    }
    return {};
}

JsonValue describeSourceKinds()
{
    JsonValue list = JsonValue::array();
    for (const SourceKind &kind : sourceKinds()) {
        JsonValue parameters = JsonValue::array();
        for (const SourceParameter &declared : kind.parameters) {
            JsonValue item = JsonValue::object();
            item.set("name", declared.name).set("label", declared.label).set("type", name(declared.type));
            item.set("default", declared.fallback).set("help", declared.help);
            if (std::isfinite(declared.minimum))
                item.set("minimum", declared.minimum);
            if (std::isfinite(declared.maximum))
                item.set("maximum", declared.maximum);
            if (!declared.choices.empty())
                item.set("choices", namesJson(declared.choices));
            if (!declared.onlyFor.empty())
                item.set("only_for", namesJson(declared.onlyFor));
            parameters.append(std::move(item));
        }
        JsonValue json = JsonValue::object();
        json.set("name", kind.name).set("label", kind.label).set("help", kind.help);
        json.set("parameters", std::move(parameters));
        list.append(std::move(json));
    }
    return list;
}

} // namespace espalier
