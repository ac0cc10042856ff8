// SPDX-License-Identifier: Apache-2.0
#include "engine/server/work_methods.h"

#include "engine/server/eval_job.h"
#include "engine/server/export_job.h"
#include "engine/server/params.h"
#include "engine/tensor/tensor_json.h"

#include <cmath>

namespace espalier {
namespace {

constexpr std::uint64_t kMostEvaluatedBytes = std::uint64_t{2} << 30;

JsonValue outputToJson(const std::string &name, const Tensor &value, std::int64_t limit)
{
    JsonValue::Array shape(value.dims().begin(), value.dims().end());
    const bool isTruncated = value.elements() > limit;
    JsonValue json = JsonValue::object();
    json.set("name", name).set("dtype", espalier::name(value.dtype())).set("shape", JsonValue(std::move(shape)));
    if (isTruncated) {
        const Tensor flat = value.reshaped({value.elements()});
        JsonValue::Array values;
        for (std::int64_t i = 0; i < limit; ++i) {
            if (const double number = flat.at(i); std::isfinite(number))
                values.emplace_back(number);
            else
                values.emplace_back();
        }
        json.set("values", JsonValue(std::move(values)));
    } else {
        json.set("values", tensorToJson(value));
    }
    return json.set("truncated", isTruncated);
}

Result<JsonValue> evaluate(const Call &call, const Session &session)
{
    EvalRequest request;
    ESPALIER_TRY(request.what, optionalText(call, "expression"));
    ESPALIER_TRY(const std::string document, optionalText(call, "document"));
    if (request.what.empty() == document.empty())
        return fail("rpc.params", "evaluate needs an expression or a document.");
    if (!document.empty()) {
        ESPALIER_TRY(const DocumentSnapshot open, session.snapshot(document, 0));
        request.document = open.document;
        request.what = document;
    }
    request.isExpression = document.empty();
    ESPALIER_TRY(request.dtype, optionalText(call, "dtype"));
    ESPALIER_TRY(request.seed, optionalInteger(call, "seed", 1, 0, INT64_MAX));
    ESPALIER_TRY(const std::int64_t limit, optionalInteger(call, "limit", 1000, 1, 100'000));
    for (const auto &[name, value] : call.params()["values"].members())
        request.values.push_back(name + "=" + value.dump());
    request.maxBytes = kMostEvaluatedBytes;
    ESPALIER_TRY(const auto results, evaluateExpression(request));
    JsonValue::Array outputs;
    for (const auto &[name, value] : results)
        outputs.push_back(outputToJson(name, value, limit));
    return JsonValue::object().set("outputs", JsonValue(std::move(outputs)));
}

Result<ExportRequest> readExport(const Call &call, const std::vector<Root> &roots)
{
    ExportRequest request;
    ESPALIER_TRY(request.run, requiredText(call, "run"));
    ESPALIER_TRY(request.run, resolveRoot(request.run, roots));
    ESPALIER_TRY(request.best, optionalBool(call, "best", false));
    ESPALIER_TRY(request.overrides.dataFolder, optionalText(call, "data"));
    return request;
}

Result<JsonValue> exportModel(const Call &call, const std::vector<Root> &roots)
{
    ESPALIER_TRY(ExportRequest request, readExport(call, roots));
    ESPALIER_TRY(request.out, requiredText(call, "out"));
    ESPALIER_TRY(request.out, resolveRoot(request.out, roots));
    ESPALIER_TRY(request.to, optionalText(call, "to", "safetensors"));
    ESPALIER_TRY(const std::int64_t opset, optionalInteger(call, "opset", 0, 0, 1000));
    request.options.opset = static_cast<int>(opset);
    ESPALIER_TRY(const std::string normalization, optionalText(call, "normalization", "graph"));
    ESPALIER_TRY(request.options.normalization, preprocessingFromName(normalization));
    ESPALIER_TRY(request.options.foldBatchNorm, optionalBool(call, "fold_batch_norm", false));
    ESPALIER_TRY(const ExportReport report, exportRun(request));
    JsonValue files = JsonValue::array();
    for (const std::string &file : report.files)
        files.append(file);
    return JsonValue::object().set("path", request.out).set("files", std::move(files)).set("tensors", report.tensors);
}

Result<JsonValue> checkExports(const Call &call, const std::vector<Root> &roots)
{
    ESPALIER_TRY(const ExportRequest request, readExport(call, roots));
    return checkExport(request);
}

} // namespace

void addWorkMethods(MethodTable &table, const Session &session, const std::vector<Root> &roots)
{
    table.add("evaluate", Lane::Work, [&session](Call &call) { return evaluate(call, session); });
    table.add("export", Lane::Work, [roots](Call &call) { return exportModel(call, roots); });
    table.add("export.check", Lane::Work, [roots](Call &call) { return checkExports(call, roots); });
}

} // namespace espalier
