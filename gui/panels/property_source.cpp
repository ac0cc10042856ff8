// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/panels/property_source.h"

#include "gui/engine_client/text.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonObject>

#include <algorithm>

namespace espalier {
namespace {

QString schemaText(const std::string &english)
{
    return english.empty() ? QString() : QCoreApplication::translate("schema", english.c_str());
}

constexpr double kLargestWhole = 9007199254740992.0; ///< 2^53: beyond it a double skips whole numbers

} // namespace

QJsonValue toQt(const JsonValue &value)
{
    if (value.isBool())
        return value.boolean();
    if (value.isInteger())
        return static_cast<qint64>(value.integer());
    if (value.isNumber())
        return value.number();
    if (value.isString())
        return qString(value.string());
    if (value.isArray()) {
        QJsonArray array;
        for (const JsonValue &item : value.items())
            array.append(toQt(item));
        return array;
    }
    if (value.isObject()) {
        QJsonObject object;
        for (const auto &[name, member] : value.members())
            object.insert(qString(name), toQt(member));
        return object;
    }
    return QJsonValue::Null;
}

JsonValue fromQt(const QJsonValue &value)
{
    switch (value.type()) {
    case QJsonValue::Bool:
        return value.toBool();
    case QJsonValue::Double: {
        const double number = value.toDouble();
        if (number == std::floor(number) && std::abs(number) < kLargestWhole)
            return JsonValue(static_cast<std::int64_t>(number));
        return number;
    }
    case QJsonValue::String:
        return value.toString().toStdString();
    case QJsonValue::Array: {
        JsonValue::Array items;
        for (const QJsonValue item : value.toArray())
            items.push_back(fromQt(item));
        return items;
    }
    case QJsonValue::Object: {
        JsonValue object = JsonValue::object();
        const QJsonObject members = value.toObject();
        for (auto it = members.begin(); it != members.end(); ++it)
            object.set(it.key().toStdString(), fromQt(it.value()));
        return object;
    }
    default:
        return {};
    }
}

Property propertyOf(const ParamInfo &param, const std::vector<JsonValue> &values)
{
    Property row;
    row.name = qString(param.name);
    row.label = param.label.empty() ? row.name : schemaText(param.label);
    row.help = schemaText(param.help);
    row.type = qString(param.typeName);
    if (param.form == ParamForm::Initializer)
        row.group = QCoreApplication::translate("PropertySource", "Initial values");
    row.defaultValue = param.fallback.isNull() ? QJsonValue(QJsonValue::Undefined) : toQt(param.fallback);
    for (const JsonValue &value : values)
        row.values.append(toQt(value));
    row.minimum = param.minimum;
    row.maximum = param.maximum;
    row.unit = qString(param.unit);
    for (const std::string &choice : param.choices)
        row.choices.append(qString(choice));
    for (const std::string &label : param.choiceLabels)
        row.choiceLabels.append(schemaText(label));
    row.minLength = param.minLength;
    row.maxLength = param.maxLength;
    return row;
}

QList<Property> commonProperties(const std::vector<std::vector<ParamInfo>> &schemas,
                                 const std::vector<const JsonValue *> &params)
{
    QList<Property> rows;
    if (schemas.empty())
        return rows;
    for (const ParamInfo &param : schemas.front()) {
        const bool isCommon = std::all_of(schemas.begin(), schemas.end(), [&](const std::vector<ParamInfo> &schema) {
            return std::any_of(schema.begin(), schema.end(), [&](const ParamInfo &other) {
                return other.name == param.name && other.typeName == param.typeName;
            });
        });
        if (!isCommon)
            continue;
        std::vector<JsonValue> values;
        for (const JsonValue *each : params)
            values.push_back(each->has(param.name) ? (*each)[param.name] : param.fallback);
        rows.append(propertyOf(param, values));
    }
    return rows;
}

} // namespace espalier
