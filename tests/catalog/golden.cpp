// SPDX-License-Identifier: Apache-2.0
#include "tests/catalog/golden.h"

#include "engine/backends/backend.h"
#include "engine/base/assert.h"
#include "engine/io/safetensors.h"

#include <QtTest>

#include <algorithm>
#include <cmath>

namespace espalier::golden {
namespace {

/// Differences allowed against PyTorch in float64, as a part of the largest number of the tensor.
double toleranceOf(DType dtype)
{
    return dtype == DType::Float64 ? 1e-9 : 1e-5;
}

} // namespace

File File::read(const QString &name)
{
    const auto file
        = SafetensorsFile::open((QStringLiteral(ESPALIER_SOURCE_DIR "/tests/support/golden/") + name).toStdString());
    ESPALIER_ASSERT(file, "a golden file can be opened");
    Result<std::vector<NamedTensor>> read = file->readAll();
    ESPALIER_ASSERT(read, "a golden file can be read");
    File golden;
    for (NamedTensor &named : *read)
        golden.tensors.emplace(std::move(named.name), std::move(named.tensor));
    golden.cases = *JsonValue::parse(file->metadata().at("cases"), "The golden file's cases");
    return golden;
}

std::vector<std::pair<std::string, Tensor>> File::under(const std::string &prefix) const
{
    std::vector<std::pair<std::string, Tensor>> found;
    for (auto it = tensors.lower_bound(prefix); it != tensors.end() && it->first.starts_with(prefix); ++it)
        found.emplace_back(it->first.substr(prefix.size()), it->second);
    return found;
}

Tensor inType(const Tensor &tensor, DType dtype)
{
    return isFloating(tensor.dtype()) ? tensor.cast(dtype) : tensor;
}

QString difference(const std::string &what, const Tensor &actual, const Tensor &expected, DType dtype)
{
    if (actual.dims() != expected.dims())
        return QString::fromStdString(what + " has the shape " + Shape(actual.dims()).toString() + ", not "
                                      + Shape(expected.dims()).toString());
    double largest = 0;
    for (std::int64_t i = 0; i < expected.elements(); ++i)
        largest = std::max(largest, std::abs(expected.at(i)));
    for (std::int64_t i = 0; i < expected.elements(); ++i) {
        if (!(std::abs(actual.at(i) - expected.at(i)) <= toleranceOf(dtype) * std::max(largest, 1e-3)))
            return QStringLiteral("%1[%2] is %3, PyTorch says %4")
                .arg(QString::fromStdString(what))
                .arg(i)
                .arg(actual.at(i), 0, 'g', 12)
                .arg(expected.at(i), 0, 'g', 12);
    }
    return {};
}

void addRows(const QStringList &files)
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("index");
    QTest::addColumn<QString>("device");
    QTest::addColumn<int>("dtype");
    for (const QString &file : files) {
        const File golden = File::read(file);
        for (std::size_t i = 0; i < golden.cases.items().size(); ++i) {
            const std::string &title = golden.cases.items()[i]["name"].string();
            for (const std::string &device : backendNames()) {
                for (const DType dtype : {DType::Float64, DType::Float32}) {
                    const std::string row = title + ", " + device + ", " + std::string(name(dtype));
                    QTest::newRow(row.c_str())
                        << file << static_cast<int>(i) << QString::fromStdString(device) << static_cast<int>(dtype);
                }
            }
        }
    }
}

Run currentRow()
{
    QFETCH(QString, file);
    QFETCH(int, index);
    QFETCH(QString, device);
    QFETCH(int, dtype);
    const File golden = File::read(file);
    const JsonValue goldenCase = golden.cases.items()[static_cast<std::size_t>(index)];
    return {golden, goldenCase, device.toStdString(), static_cast<DType>(dtype)};
}

} // namespace espalier::golden
