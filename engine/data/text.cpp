// SPDX-License-Identifier: Apache-2.0
// The text source: characters as numbers, read in windows. Each character is kept as two bytes, in memory or in a row
// cache; the windows are cut when they are read.
#include "engine/data/content_hash.h"
#include "engine/data/input_file.h"
#include "engine/data/record_store.h"
#include "engine/data/source.h"
#include "engine/data/source_kinds.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace espalier {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;
constexpr std::size_t kMaxAlphabet = 65536;

/// Length of the UTF-8 sequence at `at`; 0 where there is none, or only a part of one.
std::size_t characterLength(std::string_view text, std::size_t at)
{
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1
        : lead < 0xC2                      ? 0
        : lead < 0xE0                      ? 2
        : lead < 0xF0                      ? 3
        : lead < 0xF5                      ? 4
                                           : 0;
    if (length == 0 || at + length > text.size())
        return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((static_cast<unsigned char>(text[at + i]) & 0xC0u) != 0x80u)
            return 0;
    }
    return length;
}

class TextWindows : public Dataset {
public:
    TextWindows(RecordStorePointer characters, std::vector<std::int64_t> order, std::vector<Column> columns,
                std::int64_t window, std::int64_t stride, std::int64_t rows, RowCount total, std::uint64_t fingerprint)
        : m_characters(std::move(characters))
        , m_order(std::move(order))
        , m_columns(std::move(columns))
        , m_window(window)
        , m_stride(stride)
        , m_rows(rows)
        , m_total(total)
        , m_fingerprint(fingerprint)
    {
    }
    const std::vector<Column> &columns() const override { return m_columns; }
    std::int64_t size() const override { return m_rows; }
    RowCount total() const override { return m_total; }
    std::uint64_t fingerprint() const override { return m_fingerprint; }
    Result<void> read(std::span<const std::int64_t> rows, std::span<const ColumnBuffer> into,
                      const Draw &) const override
    {
        std::vector<std::uint16_t> codes(static_cast<std::size_t>(m_window) + 1);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            ESPALIER_CHECK(
                m_characters->read(rows[i] * m_stride, m_window + 1, reinterpret_cast<std::byte *>(codes.data())));
            for (const ColumnBuffer &buffer : into) {
                auto *to = static_cast<std::int64_t *>(buffer.data) + static_cast<std::int64_t>(i) * m_window;
                for (std::size_t k = 0; k + 1 < codes.size(); ++k)
                    to[k] = m_order[codes[k + static_cast<std::size_t>(buffer.column)]];
            }
        }
        return {};
    }

private:
    RecordStorePointer m_characters;
    std::vector<std::int64_t> m_order; ///< from code (by first appearance) to class (sorted)
    std::vector<Column> m_columns; ///< text; target, one character later
    std::int64_t m_window;
    std::int64_t m_stride;
    std::int64_t m_rows;
    RowCount m_total;
    std::uint64_t m_fingerprint;
};

/// Turns the file into codes. The alphabet comes out in the order of first appearance.
class TextReader {
public:
    TextReader(const std::string &path, const DataOptions &options, std::int64_t limit)
        : m_path(path)
        , m_options(options)
        , m_limit(limit)
    {
        std::fill(std::begin(m_ascii), std::end(m_ascii), kNone);
    }

    Result<RecordStorePointer> read(const std::string &key, RowCount &characters)
    {
        ESPALIER_TRY(InputFile file, InputFile::open(m_path));
        RecordWriter writer(sizeof(std::uint16_t), key, m_options);
        std::string text;
        std::vector<std::uint16_t> codes;
        double seen = 0;
        for (bool isEnd = false; !isEnd && (m_limit == 0 || writer.size() < m_limit);) {
            ESPALIER_CHECK(checkCancelled(m_options, m_path));
            const std::size_t kept = text.size();
            text.resize(kept + kBlock);
            ESPALIER_TRY(const std::size_t got, file.read(text.data() + kept, kBlock));
            text.resize(kept + got);
            isEnd = got < kBlock;
            codes.clear();
            ESPALIER_TRY(const std::size_t used, encode(text, isEnd, codes));
            seen += static_cast<double>(codes.size());
            if (m_limit > 0)
                codes.resize(std::min(codes.size(), static_cast<std::size_t>(m_limit - writer.size())));
            ESPALIER_CHECK(writer.append(codes.data(), codes.size() * sizeof(std::uint16_t)));
            text.erase(0, used);
            if (m_options.progress)
                m_options.progress(file.progress(), m_path);
        }
        const bool isPart = m_limit > 0 && writer.size() >= m_limit;
        const auto estimate = static_cast<std::int64_t>(seen / std::max(file.progress(), 1e-12));
        characters = isPart ? RowCount{std::max(writer.size(), estimate), false} : RowCount{writer.size(), true};
        std::string alphabet;
        for (const std::string &character : m_alphabet)
            alphabet += character;
        return writer.finish(alphabet);
    }

private:
    static constexpr std::int32_t kNone = -1;

    Result<std::size_t> encode(const std::string &text, bool isEnd, std::vector<std::uint16_t> &codes)
    {
        std::size_t at = 0;
        while (at < text.size()) {
            const auto byte = static_cast<unsigned char>(text[at]);
            if (byte < 0x80 && m_ascii[byte] != kNone) {
                codes.push_back(static_cast<std::uint16_t>(m_ascii[byte]));
                m_line += byte == '\n' ? 1 : 0;
                ++at;
                continue;
            }
            const std::size_t length = characterLength(text, at);
            if (length == 0 && !isEnd && text.size() - at < 4)
                break;
            if (length == 0 || byte == 0) {
                return fail(error("text.encoding",
                                  "{0}, line {1}: this is no text in UTF-8. Save the file as UTF-8, or name another.",
                                  m_path, m_line)
                                .at({.file = m_path, .line = m_line}));
            }
            const std::string character = text.substr(at, length);
            const auto [entry, isNew] = m_codes.emplace(character, static_cast<std::int32_t>(m_alphabet.size()));
            if (isNew && m_alphabet.size() >= kMaxAlphabet) {
                return fail(
                    error("text.alphabet", "{0} has more than 65,536 different characters. Is it a text?", m_path)
                        .at({.file = m_path}));
            }
            if (isNew)
                m_alphabet.push_back(character);
            if (byte < 0x80)
                m_ascii[byte] = entry->second;
            else
                codes.push_back(static_cast<std::uint16_t>(entry->second));
            at += byte < 0x80 ? 0 : length; // an ASCII character is counted by the quick path
        }
        return at;
    }

    const std::string &m_path;
    const DataOptions &m_options;
    std::int64_t m_limit;
    std::int32_t m_ascii[128];
    std::map<std::string, std::int32_t> m_codes;
    std::vector<std::string> m_alphabet;
    std::int64_t m_line = 1;
};

std::vector<std::string> charactersOf(const std::string &alphabet)
{
    std::vector<std::string> out;
    for (std::size_t at = 0; at < alphabet.size();) {
        const std::size_t length = std::max<std::size_t>(1, characterLength(alphabet, at));
        out.push_back(alphabet.substr(at, length));
        at += length;
    }
    return out;
}

std::int64_t windowsIn(std::int64_t characters, std::int64_t window, std::int64_t stride)
{
    return characters > window ? (characters - window - 1) / stride + 1 : 0;
}

} // namespace

Result<DatasetPointer> openText(const SourceSpec &source, const DataOptions &options)
{
    const std::string path = resolvePath(parameter(source, "path").string(), options);
    const std::int64_t window = parameter(source, "window").integer();
    const std::int64_t asked = parameter(source, "stride").integer();
    const std::int64_t stride = asked > 0 ? asked : window;
    SourceSpec whole = source; // the codes don't depend on how windows are cut
    whole.parameters = JsonValue::object();
    ESPALIER_TRY(const SourceIdentity cache, identify(whole, path));
    ESPALIER_TRY(const SourceIdentity identity, identify(source, path));
    RecordStorePointer codes;
    RowCount characters;
    if (auto cached = options.maxRows == 0 ? openCachedRecords(cache.cacheKey, options) : std::nullopt) {
        codes = std::move(*cached);
        characters = {codes->size(), true};
    } else {
        const std::int64_t limit = options.maxRows > 0 ? (options.maxRows - 1) * stride + window + 1 : 0;
        ESPALIER_TRY(codes, TextReader(path, options, limit).read(cache.cacheKey, characters));
    }
    const std::int64_t rows = windowsIn(codes->size(), window, stride);
    if (rows < 1) {
        return fail(error("text.short",
                          "{0} has {1} characters, fewer than one window of {2} and the character after it. Use a "
                          "shorter window.",
                          path, codes->size(), window)
                        .at({.file = path}));
    }
    const std::vector<std::string> alphabet = charactersOf(codes->meta());
    std::vector<std::string> labels = alphabet;
    std::sort(labels.begin(), labels.end());
    std::vector<std::int64_t> order;
    for (const std::string &character : alphabet)
        order.push_back(std::lower_bound(labels.begin(), labels.end(), character) - labels.begin());
    const auto classes = static_cast<std::int64_t>(labels.size());
    Column x{source.id, "text", {DType::Int64, Shape{window}}, classes, labels, {}, false};
    Column y{source.id, "target", {DType::Int64, Shape{window}}, classes, labels, {}, true};
    const RowCount total{windowsIn(characters.rows, window, stride), characters.isExact};
    return std::make_shared<TextWindows>(std::move(codes), std::move(order),
                                         std::vector<Column>{std::move(x), std::move(y)}, window, stride, rows, total,
                                         identity.fingerprint);
}

} // namespace espalier
