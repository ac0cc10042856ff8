// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/block_library.h"

#include "engine/base/file.h"
#include "engine/base/ids.h"
#include "engine/protocol/document_text.h"
#include "gui/document/block_edits.h"
#include "gui/document/clipboard.h"
#include "gui/document/draft.h"
#include "gui/document/edit_text.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QDir>
#include <QtCore/QFileInfo>
#include <QtCore/QStandardPaths>

#include <algorithm>

namespace espalier {
namespace {

constexpr std::uint64_t kLargestBlock = std::uint64_t{16} << 20;
constexpr int kDeepest = 100;

std::string hashOf(const Document &document, const DocumentGraph &block, int depth);

/// `kind` without ids: what a block inside is made of stands for its name.
void replaceBlock(const Document &document, DocumentNode &node, int depth)
{
    const std::string_view used = blockUsedBy(node);
    const DocumentGraph *inner = used.empty() || depth > kDeepest ? nullptr : document.findGraph(used);
    if (!inner)
        return;
    const std::string hash = hashOf(document, *inner, depth + 1);
    if (node.kind == "Scan")
        node.params.set("block", hash);
    else
        node.kind = "block:" + hash;
}

std::string hashOf(const Document &document, const DocumentGraph &block, int depth)
{
    DocumentGraph plain = block;
    plain.id = "block";
    plain.extra.remove("origin");
    std::unordered_map<std::string, std::string> ids;
    for (DocumentNode &node : plain.nodes) {
        std::string id = "n" + std::to_string(ids.size());
        ids.emplace(node.id, id);
        node.id = std::move(id);
        replaceBlock(document, node, depth);
    }
    const auto mapped = [&](const std::string &id) {
        const auto found = ids.find(id);
        return found == ids.end() ? std::string() : found->second;
    };
    int count = 0;
    for (DocumentWire &wire : plain.wires) {
        wire.id = "w" + std::to_string(count++);
        wire.from.node = mapped(wire.from.node);
        wire.to.node = mapped(wire.to.node);
    }
    for (const char *list : {"exposed", "frames"}) {
        if (!plain.extra[list].isArray())
            continue;
        JsonValue::Array items = plain.extra[list].items();
        for (JsonValue &item : items) {
            if (item.has("node"))
                item.set("node", mapped(item["node"].string()));
            item.remove("id");
        }
        plain.extra.set(list, JsonValue(std::move(items)));
    }
    const std::string text = graphToJson(plain).dump();
    return QCryptographicHash::hash(QByteArray::fromStdString(text), QCryptographicHash::Sha256).toHex().toStdString();
}

/// Letters, digits and a few signs: a file name on every system.
QString fileNameOf(const std::string &name)
{
    QString text = toText(name).simplified();
    for (QChar &c : text)
        if (!c.isLetterOrNumber() && !QStringLiteral(" -_()").contains(c))
            c = QLatin1Char('_');
    return text.isEmpty() ? QStringLiteral("block") : text;
}

struct LibraryFile {
    Document document;
    std::string block; ///< id of the definition that its only instance is made of
};

Result<LibraryFile> readLibraryFile(const QString &path)
{
    const std::string file = path.toStdString();
    ESPALIER_TRY(const std::string text, readFile(file, kLargestBlock));
    ESPALIER_TRY(Document document, readDocument(text, file));
    const std::string block
        = document.graph.nodes.size() == 1 ? std::string(blockIdOf(document.graph.nodes.front().kind)) : std::string();
    if (block.empty() || block == "root" || !document.findGraph(block))
        return fail("library.block", "{0} holds no block.", file);
    return LibraryFile{std::move(document), block};
}

} // namespace

std::optional<BlockOrigin> originOf(const DocumentGraph &block)
{
    const JsonValue &origin = block.extra["origin"];
    if (!origin["hash"].isString())
        return std::nullopt;
    return BlockOrigin{origin["name"].string(), origin["hash"].string()};
}

std::string blockHash(const Document &document, std::string_view block)
{
    const DocumentGraph *definition = document.findGraph(block);
    return definition ? hashOf(document, *definition, 0) : std::string();
}

QString blockLibraryFolder()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QStringLiteral("/espalier/blocks");
}

Result<QString> saveToLibrary(const Document &document, std::string_view block, const QString &folder)
{
    const DocumentGraph *definition = document.findGraph(block);
    if (!definition || block == "root")
        return fail("edit.block", "The document does not hold this block.");
    Document holder;
    holder.blocks = document.blocks;
    DocumentNode instance{.id = newId(), .kind = "block:" + definition->id, .name = "block1"};
    instance.params.set("repeat", 1).set("shared", false);
    holder.graph.nodes.push_back(instance);
    const Catalogue none;
    Document written = copyOf({holder, none}, {instance.id}, {});
    for (DocumentGraph &each : written.blocks) // a copy begins its own history
        each.extra.remove("origin");
    for (DocumentGraph &each : written.blocks)
        if (each.extra.isObject() && each.extra.members().empty())
            each.extra = JsonValue();
    ESPALIER_CHECK(createDirectories(folder.toStdString()));
    const QString path = QDir(folder).filePath(fileNameOf(definition->name) + QStringLiteral(".espalier"));
    ESPALIER_CHECK(writeFileAtomically(path.toStdString(), writeDocument(written)));
    return path;
}

QList<LibraryBlock> listLibrary(const QString &folder)
{
    QList<LibraryBlock> blocks;
    const QFileInfoList files = QDir(folder).entryInfoList({QStringLiteral("*.espalier")}, QDir::Files, QDir::Name);
    for (const QFileInfo &file : files) {
        const auto read = readLibraryFile(file.filePath());
        if (!read)
            continue;
        const DocumentGraph &block = *read->document.findGraph(read->block);
        const QString name = block.name.empty() ? file.completeBaseName() : toText(block.name);
        blocks.append({name, file.filePath(), blockHash(read->document, read->block), blockPorts(block, false),
                       static_cast<int>(block.nodes.size())});
    }
    return blocks;
}

EditResult addFromLibrary(const EditContext &context, const QString &path, Position at)
{
    ESPALIER_TRY(LibraryFile file, readLibraryFile(path));
    const std::string hash = blockHash(file.document, file.block);
    for (const DocumentGraph &block : context.document.blocks) {
        const auto origin = originOf(block);
        if (origin && origin->hash == hash && blockHash(context.document, block.id) == hash)
            return addNode(context, "block:" + block.id, at);
    }
    DocumentNode &instance = file.document.graph.nodes.front();
    for (DocumentGraph &block : file.document.blocks) {
        if (block.id != file.block)
            continue;
        JsonValue origin = JsonValue::object();
        origin.set("name", block.name).set("hash", hash);
        block.extra.set("origin", std::move(origin));
        instance.name = nameStem(file.document, instance.kind) + "1";
    }
    const Position offset{at.x - instance.x, at.y - instance.y};
    const QString label = EditText::tr("Add %1 from the library").arg(QFileInfo(path).completeBaseName());
    return pasteDocument(context, std::move(file.document), offset, false, label);
}

} // namespace espalier
