// SPDX-License-Identifier: Apache-2.0
// This file is long because it has a scene for each kind of problem.
// Every kind of problem that check can report is in the table below: with a drawing that has it, whose every fix makes
// it go away, or with the reason why no fix is evident. A code in the sources that is not in the table fails the test.
#include "engine/protocol/change.h"
#include "engine/protocol/document_text.h"
#include "engine/server/check.h"
#include "engine/server/section_fixes.h"
#include "engine/train/data_feed.h"
#include "tests/support/drawing.h"

#include <QDirIterator>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QtTest>

#include <set>

using namespace espalier;

namespace {

/// Codes (or, with a point at the end, whole families) without an evident fix, and why.
struct Unmended {
    const char *code;
    const char *reason;
};
const std::vector<Unmended> kUnmended{
    // reading a file
    {"document.block", "what could not be read is not there to be changed"},
    {"document.format", "the file is no document"},
    {"document.graph", "the file is no document"},
    {"document.list", "what could not be read is not there to be changed"},
    {"document.newer", "Espalier has to be updated"},
    {"document.node", "what could not be read is not there to be changed"},
    {"document.node-kind", "what could not be read is not there to be changed"},
    {"document.node-params", "what could not be read is not there to be changed"},
    {"document.section", "the document does not open"},
    {"document.size", "the document does not open"},
    {"document.version", "the file is no document"},
    {"document.wire", "what could not be read is not there to be changed"},
    {"document.wire-end", "what could not be read is not there to be changed"},
    {"document.id-twice", "a change names objects by their id, so none can tell the two apart and be undone"},
    // drawing
    {"graph.scan-input", "the node must move to another graph, and a wire lead in: a drawing of its own"},
    {"graph.scan-loss", "the node must move to another graph, and a wire lead out: a drawing of its own"},
    {"graph.size", "which block to repeat less is for the person to say"},
    {"scan.rank", "what the axes mean is for the person to say"},
    {"scan.sequence", "which input the cell runs over is for the person to say"},
    {"scan.state", "the size of the state is for the person to say"},
    {"scan.state-type", "which of the two sizes was meant can't be seen"},
    {"layer.size", "an open length is a choice; which fixed one was meant can't be seen"},
    {"layer.constant", "only the person knows the numbers"},
    {"layer.input-value", "only the person knows the numbers"},
    {"tensor.", "only the person knows the numbers"},
    {"param.formula", "only the person knows the expression"},
    {"param.missing", "no kind has a parameter without default but those that only the person knows"},
    {"formula.", "only the person knows the expression"},
    {"op.", "ops are placed by those who know them; formats alone are mended"},
    {"conv.", "of ops: attributes are for those who know them; Conv2D tells by conv.groups and window.size"},
    {"dim.", "only the person knows the attribute of an op"},
    {"shape.", "only the person knows the attribute of an op"},
    {"initializer.", "told by param.initializer, which is mended"},
    // settings
    {"settings.phases", "only the person knows the phases"},
    {"settings.section", "only a file edited by hand has it, and what was meant can't be seen"},
    {"train.no-loss", "what the drawing is for is for the person to say; the palette has the losses"},
    {"train.nothing", "what to train is for the person to say"},
    // data: what a file holds
    {"builtin.", "the installation is damaged, or a choice (data.parameter) is wrong"},
    {"data.cache.", "the engine makes the cache anew"},
    {"data.cancelled", "the person asked for it"},
    {"data.file.access", "permissions are given outside"},
    {"data.file.folder", "which file of the folder can't be seen"},
    {"data.file.missing", "no name is near; the file dialog is the way"},
    {"data.file.special", "no file to read"},
    {"data.folder.file", "which folder can't be seen"},
    {"data.gzip", "the file is damaged"},
    {"data.kind", "Espalier has to be updated"},
    {"data.sizes", "which source to cut can't be seen"},
    {"folder.empty", "the folder holds no pictures"},
    {"generator.large", "how many rows is for the person to say"},
    {"idx.", "the files are damaged, or others are needed"},
    {"picture.damaged", "the file is damaged"},
    {"table.all-missing", "which columns to leave out is for the person to say"},
    {"table.binary", "no table"},
    {"table.categories", "whether the column numbers the rows is for the person to say"},
    {"table.class", "correct the cell or name the class: the person knows"},
    {"table.class-range", "correct the cell or name the class: the person knows"},
    {"table.column-empty", "which other columns to use is for the person to say"},
    {"table.empty", "no rows"},
    {"table.infinite", "the cell must be corrected"},
    {"table.line", "no table"},
    {"table.quote", "the file must be corrected"},
    {"table.ragged", "the file must be corrected"},
    {"table.targets", "which target is for the person to say"},
    {"table.twice", "feature or target: the person knows"},
    {"tensors.", "only the person knows the numbers"},
    {"text.alphabet", "no text"},
    {"text.encoding", "the file must be saved anew"},
};
/// Codes of the scanned files that check never reports.
const std::vector<const char *> kNotFromCheck{"feed.row",      "data.recognise.empty", "data.recognise", "feed.unbound",
                                              "data.constant", "data.imbalance",       "data.leak",      "data.rare"};

BoundSource digits()
{
    return {"digitsdata",
            "digits",
            {{"image", {DType::Float32, Shape{1, 8, 8}}, 0}, {"label", {DType::Int64, Shape{}}, 10}}};
}

struct Mended {
    std::string code;
    Document document;
    CheckData data;
    QByteArray file; ///< content of "data.csv" or "data.txt" beside it; the data section is opened
};

/// x: float32 [batch, 12]; p: float32 [batch, 3, 8, 8]; n: int64 [batch, 4]; s: float32 [batch, 5, 6]
Drawing start()
{
    Drawing d;
    d.node("x", "Input", R"({"columns": ["x"], "shape": [12]})");
    d.node("p", "Input", R"({"columns": ["x"], "shape": [3, 8, 8]})");
    d.node("n", "Input", R"({"columns": ["x"], "shape": [4], "dtype": "int64"})");
    d.node("s", "Input", R"({"columns": ["x"], "shape": [5, 6]})");
    return d;
}

class Table {
public:
    std::vector<Mended> rows;

    Table()
    {
        addForm();
        addBlocks();
        addParameters();
        addShapes();
        addArithmetic();
        addLosses();
        addSettings();
        addData();
    }

private:
    void add(const char *code, const Drawing &d) { rows.push_back({code, d.document, {}, {}}); }
    void add(const char *code, const char *kind, const char *params, const char *from, const char *port = "x")
    {
        add(code, start().node("l", kind, params).wire(std::string(from) + ".x", std::string("l.") + port));
    }
    void addDigits(const char *code, const Drawing &d, std::vector<std::int64_t> batchSizes = {})
    {
        CheckData data;
        data.isKnown = true;
        data.sources = {digits()};
        data.batchSizes = std::move(batchSizes);
        rows.push_back({code, d.document, data, {}});
    }

    void addForm()
    {
        Drawing d = start();
        d.node("l", "ReLU").wire("x.x", "l.x");
        Drawing node = d;
        node.document.graph.nodes.back().id = "l";
        node.document.graph.wires.back().to.node = "l";
        add("document.id", node);
        Drawing wire = d;
        wire.document.graph.wires.back().id = "w";
        add("document.id", wire);
        for (const char *name : {"", "a.b/c", "a\tb"}) {
            Drawing named = d;
            named.document.graph.nodes.back().name = name;
            add("document.name", named);
        }
        Drawing longName = d;
        longName.document.graph.nodes.back().name = std::string(300, 'n');
        add("document.name", longName);
        Drawing sameName = d;
        sameName.document.graph.nodes.back().name = "x";
        add("document.name-twice", sameName);
        Drawing dangling = d;
        dangling.document.graph.wires.back().from.node = Drawing::idOf("gone");
        add("document.wire-dangling", dangling);
        add("graph.kind", start().node("l", "dense").wire("x.x", "l.x"));
        add("graph.block-port", start().node("l", "BlockInput"));
        add("graph.port", Drawing(d).node("m", "ReLU").wire("l.z", "m.x"));
        add("graph.port", Drawing(d).wire("x.x", "l.z"));
        add("graph.two-wires", Drawing(d).wire("p.x", "l.x"));
        add("graph.missing-wire", start().node("l", "Dense"));
        add("graph.missing-wire", start().node("l", "Conv2D"));
        add("graph.missing-wire", start().node("l", "Embedding"));
        add("graph.missing-wire", Drawing(d).node("e", "CrossEntropy").wire("l.y", "e.prediction"));
        Drawing bypassed = start();
        bypassed.node("k", "Dense", R"({"out_features": 5})").node("l", "ReLU").wire("x.x", "k.x").wire("k.y", "l.x");
        bypassed.document.graph.nodes[4].extra = JsonValue::object().set("bypass", true);
        add("graph.bypass", bypassed);
        bypassed.document.graph.nodes[4].extra = {};
        bypassed.document.graph.nodes[0].extra = JsonValue::object().set("bypass", true);
        add("graph.bypass-source", bypassed);
        add("graph.cycle",
            start().node("a", "Add").node("b", "ReLU").wire("x.x", "a.x").wire("a.y", "b.x").wire("b.y", "a.x"));
        addDigits("graph.source", start().node("l", "Input", R"({"source": "digit", "columns": ["image"]})"));
        addDigits("graph.column", start().node("l", "Input", R"({"source": "digits", "columns": ["imag"]})"));
        addDigits("graph.column", start().node("l", "Input", R"({"source": "digits", "columns": ["q", "image"]})"));
    }

    static Drawing block(const char *inner, const char *params, const char *instance)
    {
        Drawing d = start();
        d.block("b").node("in", "BlockInput").node("k", inner, params).node("out", "BlockOutput");
        d.wire("in.y", "k.x").wire("k.y", "out.x").root();
        d.graph().nodes.reserve(16);
        d.node("l", "block:" + Drawing::blockId("b"), instance).wire("x.x", "l.in");
        return d;
    }

    void addBlocks()
    {
        add("graph.block", start().node("l", "block:nothere"));
        Drawing inside = block("ReLU", "{}", "{}");
        inside.document.blocks[0].nodes[1].kind = "block:" + Drawing::blockId("b");
        add("graph.recursion", inside);
        add("graph.repeat", block("ReLU", "{}", R"({"repeat": 0})"));
        add("graph.repeat", block("ReLU", "{}", R"({"repeat": 1000000})"));
        add("graph.repeat-type", block("Dense", R"({"out_features": 7})", R"({"repeat": 3})"));
        add("graph.shared-state", block("Dense", R"({"out_features": 7})", R"({"repeat": 3, "shared": true})"));
        Drawing scan = start();
        scan.block("b").node("in", "BlockInput").node("k", "BatchNorm").node("out", "BlockOutput");
        scan.wire("in.y", "k.x").wire("k.y", "out.x").root();
        scan.node("l", "Scan").wire("s.x", "l.in");
        scan.document.graph.nodes.back().params.set("block", Drawing::blockId("b"));
        add("graph.scan-state", scan);
    }

    void addParameters()
    {
        add("param.number", "Dense", R"({"out_features": "32"})", "x");
        add("param.number", "Dense", R"({"out_features": 2.5})", "x");
        add("param.number", "Dense", R"({"out_features": null})", "x");
        add("param.range", "Dense", R"({"out_features": 0})", "x");
        add("param.range", "Dropout", R"({"p": 7})", "x");
        add("param.number", "Dense", R"({"out_features": 1e300})", "x");
        add("param.range", "Conv2D", R"({"kernel_size": [0, 3]})", "p");
        add("param.bool", "Dense", R"({"bias": "true"})", "x");
        add("param.choice", "Dense", R"({"activation": "Relu"})", "x");
        add("param.choice", "Dense", R"({"activation": 7})", "x");
        add("param.dtype", "Cast", R"({"dtype": "float"})", "x");
        add("param.initializer", "Dense", R"({"weight_init": "he"})", "x");
        add("param.list", "Conv2D", R"({"kernel_size": [3, 3, 3]})", "p");
        add("param.list", "Conv2D", R"({"kernel_size": "three"})", "p");
        add("param.text", "Input", R"({"source": 5})", "x");
        rows.back().document.graph.wires.clear();
        add("param.unknown", "Dense", R"({"out_feature": 3, "colour": 1})", "x");
        add("layer.axis", "Softmax", R"({"dim": 5})", "x");
        add("layer.axis", "Transpose", R"({"dim0": -8, "dim1": 0})", "x");
        add("layer.axis", "Sum", R"({"dim": [1, 6]})", "x");
        add("flatten.order", "Flatten", R"({"start_dim": 2, "end_dim": 1})", "p");
        add("reshape.two", "Reshape", R"({"shape": [-1, -1]})", "x");
        add("reshape.size", "Reshape", R"({"shape": [5, 4]})", "x");
        add("reshape.size", "Reshape", R"({"shape": [5, 7]})", "x");
        add("reduce.twice", "Sum", R"({"dim": [1, -1]})", "x");
        add("conv.groups", "Conv2D", R"({"groups": 2})", "p");
        add("window.padding", "Conv2D", R"({"padding": "some"})", "p");
        add("window.size", "Conv2D", R"({"kernel_size": [9, 9]})", "p");
        add("window.size", "MaxPool2D", R"({"kernel_size": [9, 9]})", "p");
        add("pool.padding", "MaxPool2D", R"({"padding": [2, 2], "kernel_size": [2, 2]})", "p");
        Drawing open;
        open.node("i", "Input", R"({"columns": ["x"], "shape": [3, -1, -1]})");
        open.node("l", "Conv2D", R"({"padding": "same", "stride": [2, 2]})").wire("i.x", "l.x");
        add("window.same", open);
        add("embedding.weights", "Embedding", R"({"dtype": "int64"})", "n");
    }

    void addShapes()
    {
        add("layer.dtype", "Dense", "{}", "n");
        add("embedding.dtype", "Embedding", "{}", "x");
        add("layer.rank", "Conv2D", "{}", "x"); // 12 = 3 x 2 x 2
        add("layer.rank", "Conv2D", "{}", "s");
        add("layer.rank", "LSTM", "{}", "x");
        add("layer.rank", "LSTM", "{}", "p");
        Drawing flat = start();
        flat.node("f", "Flatten").node("l", "MaxPool2D").wire("p.x", "f.x").wire("f.y", "l.x");
        add("layer.rank", flat);
        Drawing scalar;
        scalar.node("i", "Input", R"({"columns": ["x"], "shape": []})").node("l", "BatchNorm").wire("i.x", "l.x");
        add("layer.rank", scalar);
        add("layer.double-softmax",
            start().node("a", "Softmax").node("l", "Softmax").wire("x.x", "a.x").wire("a.y", "l.x"));
        Drawing one;
        one.node("i", "Input", R"({"columns": ["x"], "shape": [1, 4], "batch": false})");
        one.node("l", "BatchNorm").wire("i.x", "l.x");
        add("norm.one-value", one);
        Drawing norm;
        norm.node("d", "Input", R"({"source": "digits", "columns": ["image"]})").node("f", "Flatten");
        norm.node("l", "BatchNorm").wire("d.image", "f.x").wire("f.y", "l.x");
        addDigits("norm.last-batch", norm, {32, 1});
        addDigits("norm.last-batch", norm, {1});
        add("op.dtype", start().node("l", "op.exp").wire("n.x", "l.x"));
        add("op.dtypes-differ",
            start()
                .node("m", "Cast", R"({"dtype": "float64"})")
                .node("l", "op.add")
                .wire("x.x", "m.x")
                .wire("x.x", "l.a")
                .wire("m.y", "l.b"));
    }

    void addArithmetic()
    {
        Drawing cast = start();
        cast.node("c", "Cast", R"({"dtype": "float64"})").node("d", "Cast", R"({"dtype": "int64"})").node("l", "Add");
        cast.wire("x.x", "c.x").wire("x.x", "d.x").wire("x.x", "l.x").wire("c.y", "l.x").wire("d.y", "l.x");
        add("arithmetic.dtype", cast);
        Drawing sum = start();
        sum.node("a", "Dense", R"({"out_features": 3})").node("r", "ReLU").node("b", "Dense", R"({"out_features": 5})");
        sum.node("l", "Add")
            .wire("x.x", "a.x")
            .wire("a.y", "r.x")
            .wire("x.x", "b.x")
            .wire("r.y", "l.x")
            .wire("b.y", "l.x");
        add("arithmetic.shape", sum);
        Drawing residual = start();
        residual.node("c", "Conv2D", R"({"out_channels": 6, "padding": "same"})").node("l", "Add");
        residual.wire("p.x", "c.x").wire("c.y", "l.x").wire("p.x", "l.x");
        add("arithmetic.shape", residual);
        Drawing fixed;
        fixed.node("i", "Input", R"({"columns": ["x"], "shape": [4, 6], "batch": false})");
        fixed.node("l", "MatMul").wire("i.x", "l.a").wire("i.x", "l.b");
        add("matmul.inner", fixed);
        Drawing join = start();
        join.node("l", "Concat", R"({"dim": 2})").node("c", "Conv2D", R"({"padding": "same"})").wire("p.x", "c.x");
        add("concat.shape", Drawing(join).wire("p.x", "l.x").wire("c.y", "l.x"));
        Drawing formats = start();
        formats.node("c", "Cast", R"({"dtype": "float64"})").node("l", "Concat").wire("x.x", "c.x");
        add("concat.shape", formats.wire("x.x", "l.x").wire("c.y", "l.x"));
    }

    static Drawing network()
    {
        Drawing d;
        d.node("d", "Input", R"({"source": "digits", "columns": ["image", "label"]})");
        return d;
    }

    void addLosses()
    {
        Drawing d = network();
        d.node("f", "Flatten").node("k", "Dense", R"({"out_features": 10})").wire("d.image", "f.x").wire("f.y", "k.x");
        addDigits("loss.labels",
                  Drawing(d).node("l", "CrossEntropy").wire("k.y", "l.prediction").wire("d.image", "l.target"));
        addDigits("loss.shape", Drawing(d).node("l", "MSE").wire("k.y", "l.prediction").wire("d.label", "l.target"));
        Drawing deep = network();
        deep.node("c", "Conv2D").node("k", "Dense", R"({"out_features": 10})").node("l", "CrossEntropy");
        deep.wire("d.image", "c.x").wire("c.y", "k.x").wire("k.y", "l.prediction").wire("d.label", "l.target");
        addDigits("loss.shape", deep);
        Drawing numbers = start();
        numbers.node("k", "Dense", R"({"out_features": 7})").node("l", "MSE").wire("x.x", "k.x");
        add("loss.shape", numbers.wire("k.y", "l.prediction").wire("x.x", "l.target"));
        Drawing few = network();
        few.node("f", "Flatten").node("k", "Dense", R"({"out_features": 3})").node("l", "CrossEntropy");
        few.wire("d.image", "f.x").wire("f.y", "k.x").wire("k.y", "l.prediction").wire("d.label", "l.target");
        addDigits("graph.classes", few);
        Drawing soft = d;
        soft.node("o", "Softmax").node("l", "CrossEntropy").wire("k.y", "o.x").wire("o.y", "l.prediction");
        addDigits("loss.double-softmax", soft.wire("d.label", "l.target"));
        Drawing sigmoid = start();
        sigmoid.node("o", "Sigmoid").node("l", "BinaryCrossEntropyWithLogits").wire("x.x", "o.x");
        add("loss.double-sigmoid", sigmoid.wire("o.y", "l.prediction").wire("x.x", "l.target"));
    }

    void addSetting(const char *code, const char *training)
    {
        Drawing d;
        d.document.training = JsonValue::parse(training, "training").value();
        add(code, d);
    }

    void addSettings()
    {
        addSetting("settings.range", R"({"epochs": -3})");
        addSetting("settings.range", R"({"optimizer": {"kind": "SGD", "momentum": 1.5}})");
        addSetting("settings.range", R"({"phases": [{"optimizer": {"lr": -1}}]})");
        addSetting("settings.choice", R"({"optimizer": {"kind": "adam"}})");
        addSetting("settings.choice", R"({"precision": "float4711"})");
        addSetting("settings.type", R"({"epochs": "many"})");
        addSetting("settings.unknown", R"({"epoch": 3})");
        addSetting("settings.unknown", R"({"optimizer": {"learning": 3}, "epochs": 2})");
        Drawing d = network();
        d.node("f", "Flatten").node("k", "Dense", R"({"out_features": 10})").node("l", "CrossEntropy");
        d.wire("d.image", "f.x").wire("f.y", "k.x").wire("k.y", "l.prediction").wire("d.label", "l.target");
        d.document.training = JsonValue::parse(R"({"phases": [{"losses": ["gone"]}]})", "training").value();
        addDigits("train.phase-loss", d);
    }

    void addOpened(const char *code, const char *section, QByteArray file = {})
    {
        Drawing d;
        d.document.data = JsonValue::parse(section, "data").value();
        rows.push_back({code, d.document, {}, std::move(file)});
    }

    void addData()
    {
        addOpened("data.type", R"({"split": {"train": "most"}})");
        addOpened("data.type", R"({"sources": [{"kind": "generator"}]})");
        addOpened("data.parameter",
                  R"({"sources": [{"id": "a", "kind": "generator", "parameters": {"shape": "pretzel"}}]})");
        addOpened("data.split.sum", R"({"split": {"train": 0.9, "validation": 0.5, "test": 0.1}})");
        addOpened("split.stratify",
                  R"({"sources": [{"id": "a", "kind": "generator"}], "split": {"stratify": "colour"}})");
        addOpened("split.empty", R"({"sources": [{"id": "a", "kind": "generator"}], "split": {"train": 0}})");
        addOpened(
            "normalize.column",
            R"({"sources": [{"id": "a", "kind": "generator"}], "normalize": [{"column": "q", "method": "standard"}]})");
        const char *table = R"({"sources": [{"id": "a", "kind": "csv", "parameters": {"path": "data.csv"}}]})";
        addOpened("data.file.near", R"({"sources": [{"id": "a", "kind": "csv", "parameters": {"path": "dat.csv"}}]})",
                  "a,b\n1,2\n2,3\n");
        addOpened("table.missing", table, "a,b\n1,2\n,3\n4,5\n");
        addOpened("table.nan", table, "a,b\n1,2\nnan,3\n4,5\n");
        addOpened(
            "table.column",
            R"({"sources": [{"id": "a", "kind": "csv", "parameters": {"path": "data.csv", "target": ["heigt"]}}]})",
            "age,height\n1,2\n2,3\n");
        addOpened("table.number", table, "a,b\n1,2\n3,1\n4,2\n5,1\n6,2\nx,3\n");
        addOpened("text.short",
                  R"({"sources": [{"id": "a", "kind": "text", "parameters": {"path": "data.txt", "window": 64}}]})",
                  "A short text.");
        QByteArray many = "a,b\n";
        for (int i = 0; i < 5000; ++i)
            many += "w" + QByteArray::number(i) + "," + QByteArray::number(i) + "\n";
        addOpened("table.one-hot", table, many);
    }
};

/// The problems of a row's document; its data section, if it has one, is opened in `folder`.
std::vector<Error> check(const Mended &row, const Document &document, const QString &folder)
{
    CheckData data = row.data;
    if (!document.data.isNull()) {
        const auto feed = DataFeed::open(document.data, folder.toStdString(), {});
        if (!feed)
            data.problem = feed.error();
    }
    // what the batches are follows from the settings
    const auto settings = readTrainingSettings(document.training);
    if (settings && settings->dropLast && data.batchSizes.size() > 1)
        data.batchSizes.pop_back();
    if (settings && document.training.has("batch_size"))
        data.batchSizes = {settings->batchSize};
    return checkEverything(document, data).problems;
}

bool isSame(const Error &a, const Error &b)
{
    return a.code == b.code && a.where == b.where;
}

QString listed(const std::vector<Error> &problems)
{
    QString text;
    for (const Error &e : problems)
        text += QString::fromStdString("\n  " + e.code + ": " + e.message());
    return text;
}

} // namespace

class TestFixes : public QObject {
    Q_OBJECT
private slots:
    void everyFixMakesItsProblemGo_data()
    {
        QTest::addColumn<int>("index");
        const Table table;
        for (std::size_t i = 0; i < table.rows.size(); ++i)
            QTest::addRow("%s %d", table.rows[i].code.c_str(), static_cast<int>(i)) << static_cast<int>(i);
    }
    void everyFixMakesItsProblemGo()
    {
        QFETCH(int, index);
        const Mended row = Table().rows[static_cast<std::size_t>(index)];
        QTemporaryDir folder;
        if (!row.file.isEmpty()) {
            QFile file(folder.filePath(row.code.starts_with("text.") ? "data.txt" : "data.csv"));
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write(row.file) == row.file.size());
        }
        const std::vector<Error> problems = check(row, row.document, folder.path());
        const auto problem
            = std::find_if(problems.begin(), problems.end(), [&](const Error &e) { return e.code == row.code; });
        QVERIFY2(problem != problems.end(), qPrintable("not told: " + listed(problems)));
        QVERIFY2(!problem->fixes.empty(), qPrintable(QString::fromStdString(problem->message())));
        for (const Fix &fix : problem->fixes) {
            const QString label = QString::fromStdString(fillTemplate(fix.label, fix.args));
            QVERIFY2(!label.isEmpty() && !label.contains('{'), qPrintable(label));
            const auto json = JsonValue::parse(fix.change, "change");
            const auto change = json ? changeFromJson(*json) : fail("json", "");
            QVERIFY2(change, qPrintable(label));
            Document mended = row.document;
            const auto inverse = apply(mended, *change);
            QVERIFY2(inverse, qPrintable(label + ": " + (inverse ? "" : inverse.error().message().c_str())));
            const std::vector<Error> left = check(row, mended, folder.path());
            QVERIFY2(std::none_of(left.begin(), left.end(), [&](const Error &e) { return isSame(e, *problem); }),
                     qPrintable(label + " leaves" + listed(left)));
            QVERIFY(apply(mended, *inverse));
            QCOMPARE(writeDocument(mended), writeDocument(row.document));
        }
    }

    void aPrecisionThatTheProcessorLacks()
    {
        Document document;
        document.training = JsonValue::parse(R"({"precision": "bfloat16", "epochs": 3})", "training").value();
        std::vector<Error> problems{error("device.precision", "It has none.").at({.parameter = "training.precision"})};
        addSectionFixes(document, problems);
        QCOMPARE(problems[0].fixes.size(), std::size_t{1});
        const auto change = changeFromJson(JsonValue::parse(problems[0].fixes[0].change, "change").value());
        QVERIFY(change && apply(document, *change));
        QCOMPARE(document.training["precision"].string(), std::string("float32"));
    }

    /// Whatever is drawn, check ends, and every fix that it offers can be applied and undone.
    void randomDrawingsAreMendable()
    {
        static const std::vector<const char *> kKinds{
            "Dense",   "Conv2D", "Flatten",   "Add",    "Concat", "LSTM",      "ReLU",    "MatMul", "BatchNorm",
            "Softmax", "Cast",   "MaxPool2D", "Output", "MSE",    "Embedding", "Reshape", "Sum",    "CrossEntropy"};
        std::uint32_t state = 7;
        const auto below = [&](std::size_t n) {
            state = state * 1664525u + 1013904223u;
            return (state >> 8) % static_cast<std::uint32_t>(n);
        };
        std::size_t fixes = 0;
        for (int round = 0; round < 400; ++round) {
            Drawing d = start();
            const std::uint32_t count = 1 + below(10);
            for (std::uint32_t i = 0; i < count; ++i)
                d.node("n" + std::to_string(i), kKinds[below(kKinds.size())]);
            const auto any = [&] { return d.document.graph.nodes[below(d.document.graph.nodes.size())].name; };
            const char *inputs[] = {"x", "x", "x", "a", "b", "prediction", "target"};
            for (std::uint32_t i = 0; i < count + below(4); ++i) {
                const std::string from = any();
                d.wire(from + (from.starts_with("n") && from.size() > 1 ? ".y" : ".x"),
                       any() + "." + inputs[below(std::size(inputs))]);
            }
            const Mended row{"", d.document, {}, {}};
            for (const Error &problem : check(row, d.document, {})) {
                for (const Fix &fix : problem.fixes) {
                    Document mended = d.document;
                    const auto change = changeFromJson(JsonValue::parse(fix.change, "change").value());
                    const auto inverse = change ? apply(mended, *change) : fail("change", "");
                    QVERIFY2(inverse, (problem.code + ": " + fix.label).c_str());
                    QVERIFY(apply(mended, *inverse));
                    QCOMPARE(writeDocument(mended), writeDocument(d.document));
                    ++fixes;
                }
            }
        }
        QVERIFY(fixes > 500);
    }

    void whatIsBrokenHasNoCost()
    {
        for (const char *kind : {"op.conv2d", "op.conv2d_backward_data", "op.conv2d_backward_weights", "op.matmul",
                                 "op.batch_norm", "op.lstm", "op.softmax_cross_entropy", "op.max_pool2d"}) {
            Drawing d = start();
            d.node("l", kind);
            const LayerKind *layer = findLayer(kind);
            QVERIFY2(layer, kind);
            for (const PortSpec &port : layer->inputs)
                d.wire("x.x", "l." + std::string(port.name));
            const Checked checked = checkEverything(d.document, {});
            QVERIFY2(!checked.problems.empty(), kind);
            QCOMPARE(checkToJson(d.document, {}, checked)["totals"]["flops"].integer(-1), std::int64_t{0});
        }
    }

    /// Reads the codes out of the sources, so that a new one can't be forgotten.
    void everyCodeIsInTheTable()
    {
        std::set<QString> mended;
        for (const Mended &row : Table().rows)
            mended.insert(QString::fromStdString(row.code));
        const auto isUnmended = [](const QString &code) {
            return std::any_of(kUnmended.begin(), kUnmended.end(), [&](const Unmended &u) {
                const QString known = QString::fromLatin1(u.code);
                return known.endsWith('.') ? code.startsWith(known) : code == known;
            });
        };
        const auto isForeign = [](const QString &code) {
            return std::any_of(kNotFromCheck.begin(), kNotFromCheck.end(), [&](const char *c) { return code == c; });
        };
        const std::set<QString> codes = codesInSources();
        QVERIFY(codes.size() > 120);
        for (const QString &code : codes)
            QVERIFY2(mended.contains(code) || isUnmended(code) || isForeign(code),
                     qPrintable(code + " has neither a fix nor a reason"));
        for (const Unmended &u : kUnmended)
            QVERIFY2(!mended.contains(u.code), u.code);
    }

private:
    static std::set<QString> codesInSources()
    {
        static const QRegularExpression call(
            R"re(\b(?:error|fail|layerError|wrong|cellError|problem)\(\s*(?:context,\s*)?"([a-z]+\.[a-z.-]+)")re");
        QStringList files{"protocol/document.cpp", "protocol/document_text.cpp", "protocol/migrate.cpp",
                          "train/settings.cpp",    "train/programs.cpp",         "train/data_feed.cpp"};
        for (const char *folder : {"graph", "layers", "data"})
            for (const QString &name : QDir(root() + folder).entryList({"*.cpp"}))
                files.append(QString::fromLatin1(folder) + "/" + name);
        std::set<QString> codes;
        for (const QString &name : files) {
            QFile file(root() + name);
            if (!file.open(QIODevice::ReadOnly))
                return {};
            auto match = call.globalMatch(QString::fromUtf8(file.readAll()));
            while (match.hasNext())
                codes.insert(match.next().captured(1));
        }
        return codes;
    }
    static QString root() { return QStringLiteral(ESPALIER_SOURCE_DIR "/engine/"); }
};

QTEST_APPLESS_MAIN(TestFixes)
#include "tst_fixes.moc"
