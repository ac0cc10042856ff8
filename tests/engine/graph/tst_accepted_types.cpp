// SPDX-License-Identifier: Apache-2.0
// What a port says that it takes is what its layer builds with, and what it says that it refuses is a problem.
#include "engine/graph/lower.h"
#include "tests/support/drawing.h"

#include <QtTest>

using namespace espalier;

namespace {

/// A source whose column has this type; rank counts the batch.
BoundSource sourceOf(DType dtype, int rank)
{
    std::vector<Dim> dims;
    for (int i = 1; i < rank; ++i)
        dims.emplace_back(8);
    return {"thesource1", "given", {{"x", {dtype, Shape(dims)}, 0}}};
}

bool hasProblemAt(const std::vector<Error> &problems, std::string_view port)
{
    return std::any_of(problems.begin(), problems.end(), [&](const Error &e) { return e.where.port == port; });
}

/// A node of the kind with one wire, into its first port, of this type.
std::vector<Error> problemsWith(const LayerKind &kind, DType dtype, int rank)
{
    Drawing d;
    d.node("data", "Input", R"({"source": "given", "columns": ["x"]})").node("n", kind.id);
    d.wire("data.x", "n." + std::string(kind.inputs.front().name));
    LowerOptions options;
    options.everything = true;
    options.hasData = true;
    options.sources = {sourceOf(dtype, rank)};
    return lower(d.document, options).problems;
}

} // namespace

class TstAcceptedTypes : public QObject {
    Q_OBJECT
private slots:
    void everyCaseIsAccepted()
    {
        for (const LayerKind *kind : allLayers()) {
            if (!kind->cases || kind->inputs.empty())
                continue;
            for (const LayerCase &given : kind->cases())
                for (std::size_t i = 0; i < given.inputs.size(); ++i) {
                    const PortSpec &port = kind->inputs[std::min(i, kind->inputs.size() - 1)];
                    const CaseInput &input = given.inputs[i];
                    const int rank = static_cast<int>(input.dims.size());
                    const QByteArray where = QByteArray(kind->id.data()) + "/" + given.name.c_str();
                    QVERIFY2(rank >= port.minRank && rank <= port.maxRank, where);
                    QVERIFY2(port.numbers != Numbers::Real || isFloating(input.dtype), where);
                    QVERIFY2(port.numbers != Numbers::Whole || isInteger(input.dtype), where);
                }
        }
    }
    void whatIsRefusedIsAProblem_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<int>("dtype");
        QTest::addColumn<int>("rank");
        for (const LayerKind *kind : allLayers()) {
            if (kind->inputs.size() != 1 || kind->inputs[0].variadic || !kind->build)
                continue;
            const PortSpec &port = kind->inputs[0];
            const int fine = std::max(port.minRank, 2);
            const auto add = [&](const char *what, DType dtype, int rank) {
                QTest::addRow("%s %s", std::string(kind->id).c_str(), what)
                    << QString::fromStdString(std::string(kind->id)) << static_cast<int>(dtype) << rank;
            };
            if (port.numbers == Numbers::Real)
                add("whole", DType::Int64, fine);
            if (port.numbers == Numbers::Whole)
                add("real", DType::Float32, fine);
            if (port.minRank > 1)
                add("few axes", DType::Float32, port.minRank - 1);
            if (port.maxRank < 8)
                add("many axes", DType::Float32, port.maxRank + 1);
        }
    }
    void whatIsRefusedIsAProblem()
    {
        QFETCH(const QString, id);
        QFETCH(const int, dtype);
        QFETCH(const int, rank);
        const LayerKind *kind = findLayer(id.toStdString());
        const auto problems = problemsWith(*kind, static_cast<DType>(dtype), rank);
        QVERIFY(hasProblemAt(problems, kind->inputs[0].name));
    }
};

QTEST_GUILESS_MAIN(TstAcceptedTypes)
#include "tst_accepted_types.moc"
