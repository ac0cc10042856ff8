// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/models/run_decoder.h"

#include "engine/protocol/event_settings.h"
#include "gui/engine_client/text.h"
#include "widgets/charts/series.h"
#include "widgets/common/figures.h"

#include <QtCore/QCoreApplication>

#include <algorithm>
#include <limits>

namespace espalier {
namespace {

constexpr std::size_t kMostLine = std::size_t{1} << 20; ///< of a journal; a longer one is damage
constexpr std::size_t kMostTags = 100'000; ///< of a run: a writer that makes a new tag each step would fill all memory

QString tr(const char *text)
{
    return QCoreApplication::translate("RunDecoder", text);
}

HistogramFrame frameOf(const EventStamp &stamp, const HistogramData &data)
{
    HistogramFrame frame{stamp.step, stamp.wallTime, {}};
    frame.bins.reserve(data.buckets.size());
    for (const HistogramBucket &bucket : data.buckets)
        frame.bins.push_back(
            {static_cast<float>(bucket.left), static_cast<float>(bucket.right), static_cast<float>(bucket.count)});
    return frame;
}

/// What of the file can't be read; empty where all can. Zeros at its end are not filled yet.
QString damageText(const QString &name, const std::vector<DamagedBytes> &damage, quint64 end)
{
    quint64 bytes = 0;
    for (const DamagedBytes &each : damage)
        if (!each.areZeros || each.to < end)
            bytes += each.to - each.from;
    if (bytes == 0)
        return {};
    return tr("%1 is damaged: %2 from byte %3 on can't be read. All the rest is shown.")
        .arg(name.section(QLatin1Char('/'), -1), formatBytes(static_cast<double>(bytes)),
             formatCount(static_cast<qint64>(damage.front().from)));
}

} // namespace

struct RunDecoder::File {
    File(const QString &name, quint64 offset)
        : events(name.toStdString(), offset, OnDamage::PassOver)
        , end(offset)
        , boundary(offset)
    {
    }
    /// To the boundary.
    void goBack()
    {
        events.goBack();
        line.clear();
        end = boundary;
    }
    EventReader events;
    quint32 index = 0;
    quint64 end; ///< of the bytes taken
    quint64 boundary; ///< end of the last whole record or line
    std::string line; ///< the journal's last one, not whole yet
    bool isUnreadable = false;
};

/// Sorts what a file holds by tag.
class RunDecoder::Sink : public EventSink {
public:
    Sink(RunDecoder &decoder, RunBatch &batch)
        : m_decoder(decoder)
        , m_batch(batch)
    {
    }
    quint32 file = 0;

    void scalar(const EventStamp &stamp, std::string_view tag, double value) override
    {
        if (RunBatch::Scalars *scalars = scalarsOf(tag)) {
            scalars->points.push_back({stamp.step, stamp.wallTime, value});
            noteStep(stamp.step);
        }
    }
    void histogram(const EventStamp &stamp, std::string_view tag, const HistogramData &data) override
    {
        m_batch.histograms.push_back({qString(tag), placeOf(stamp), frameOf(stamp, data)});
        noteStep(stamp.step);
    }
    void text(const EventStamp &stamp, std::string_view tag, const std::vector<std::string_view> &cells) override
    {
        RunBatch::Text text{qString(tag), stamp, {}};
        for (const std::string_view cell : cells)
            text.cells.append(qString(cell));
        m_batch.texts.push_back(std::move(text));
        noteStep(stamp.step);
    }
    void image(const EventStamp &stamp, std::string_view tag, std::string_view encoded, std::int64_t /*width*/,
               std::int64_t /*height*/) override
    {
        RunBatch::Image image{qString(tag), stamp, placeOf(stamp), 0, {}};
        if (!m_batch.images.empty()) {
            const RunBatch::Image &last = m_batch.images.back();
            const bool isSame = last.tag == image.tag && last.place.file == file && last.place.offset == stamp.offset;
            image.index = isSame ? last.index + 1 : 0;
        }
        image.encoded = QByteArray(encoded.data(), static_cast<qsizetype>(encoded.size()));
        m_batch.images.push_back(std::move(image));
        noteStep(stamp.step);
    }
    void session(const EventStamp &stamp, SessionStatus status, std::string_view /*checkpoint*/) override
    {
        if (status != SessionStatus::Start)
            return;
        m_batch.sessions.push_back(
            {stamp.step, m_batch.histograms.size(), m_batch.images.size(), m_batch.texts.size()});
        for (std::size_t tag = 0; tag < m_decoder.m_tagNames.size(); ++tag) {
            RunBatch::Scalars &scalars = slot(tag);
            scalars.restarts.push_back({scalars.points.size(), stamp.step});
        }
    }
    void hyperParameters(const EventStamp & /*stamp*/, std::string_view /*tag*/, std::string_view content) override
    {
        const JsonValue settings = settingsOfHyperParameters(content);
        for (const auto &[name, value] : settings.members())
            m_batch.settings.insert(qString(name), value);
    }

    /// Puts what was sorted into the batch.
    void finish()
    {
        for (std::size_t tag = 0; tag < m_slots.size(); ++tag) {
            if (!m_slots[tag].isUsed)
                continue;
            RunBatch::Scalars &scalars = m_slots[tag].scalars;
            if (tag >= m_firstNew) {
                scalars.built = std::make_shared<Series>();
                appendPoints(scalars, *scalars.built);
                scalars.points = {};
            }
            m_batch.scalars.push_back(std::move(scalars));
        }
    }

private:
    struct Slot {
        RunBatch::Scalars scalars;
        bool isUsed = false;
    };

    RunBatch::Scalars *scalarsOf(std::string_view tag)
    {
        m_key.assign(tag);
        auto found = m_decoder.m_tags.find(m_key);
        if (found == m_decoder.m_tags.end()) {
            if (m_decoder.m_tagNames.size() >= kMostTags)
                return nullptr;
            found = m_decoder.m_tags.emplace(m_key, m_decoder.m_tagNames.size()).first;
            m_firstNew = std::min(m_firstNew, found->second);
            m_decoder.m_tagNames.push_back(qString(tag));
        }
        return &slot(found->second);
    }
    RunBatch::Scalars &slot(std::size_t tag)
    {
        if (m_slots.size() <= tag)
            m_slots.resize(m_decoder.m_tagNames.size());
        Slot &each = m_slots[tag];
        if (!each.isUsed) {
            each.isUsed = true;
            each.scalars.tag = m_decoder.m_tagNames[tag];
        }
        return each.scalars;
    }
    RecordPlace placeOf(const EventStamp &stamp) const { return {file, stamp.offset, stamp.bytes}; }
    void noteStep(std::int64_t step)
    {
        const bool isFirst = m_batch.lastStep < m_batch.firstStep;
        m_batch.firstStep = isFirst ? step : std::min<qint64>(m_batch.firstStep, step);
        m_batch.lastStep = isFirst ? step : std::max<qint64>(m_batch.lastStep, step);
    }

    RunDecoder &m_decoder;
    RunBatch &m_batch;
    std::vector<Slot> m_slots;
    std::string m_key;
    std::size_t m_firstNew = std::numeric_limits<std::size_t>::max(); ///< tags from here on are new in this batch
};

void appendPoints(const RunBatch::Scalars &scalars, Series &series)
{
    std::size_t at = 0;
    for (const RunBatch::Restart &restart : scalars.restarts) {
        for (; at < restart.at; ++at)
            series.append(scalars.points[at].step, scalars.points[at].wallTime, scalars.points[at].value);
        series.restart(restart.step);
    }
    for (; at < scalars.points.size(); ++at)
        series.append(scalars.points[at].step, scalars.points[at].wallTime, scalars.points[at].value);
}

RunDecoder::RunDecoder() = default;
RunDecoder::~RunDecoder() = default;

RunBatch RunDecoder::decode(const std::vector<RunPiece> &pieces)
{
    RunBatch batch;
    Sink sink(*this, batch);
    for (const RunPiece &piece : pieces) {
        std::unique_ptr<File> &file = m_files[piece.file];
        if (!file) {
            file = std::make_unique<File>(piece.file, piece.offset);
            file->index = static_cast<quint32>(m_names.size());
            m_names.append(piece.file);
        } else if (piece.offset != file->end) {
            file->goBack();
        }
        file->end += static_cast<quint64>(piece.bytes.size());
        if (file->isUnreadable)
            continue;
        if (piece.file == QLatin1StringView("journal.jsonl"))
            decodeJournal(*file, piece, batch);
        else
            decodeEvents(*file, piece, sink);
        batch.boundaries.insert(piece.file, file->boundary);
    }
    for (const RunPiece &piece : pieces)
        batch.problems.insert(piece.file, problemOf(piece.file, *m_files[piece.file]));
    sink.finish();
    batch.files = m_names;
    return batch;
}

void RunDecoder::decodeEvents(File &file, const RunPiece &piece, Sink &sink)
{
    sink.file = file.index;
    // Damage is passed over, so this can't fail.
    (void)file.events.feed({piece.bytes.constData(), static_cast<std::size_t>(piece.bytes.size())}, sink);
    file.boundary = file.events.offset();
}

void RunDecoder::decodeJournal(File &file, const RunPiece &piece, RunBatch &batch)
{
    file.line.append(piece.bytes.constData(), static_cast<std::size_t>(piece.bytes.size()));
    std::size_t from = 0;
    for (std::size_t end = 0; (end = file.line.find('\n', from)) != std::string::npos; from = end + 1) {
        const auto entry = JsonValue::parse(std::string_view(file.line).substr(from, end - from), "journal.jsonl");
        if (!entry)
            continue; // a line that a kill cut; the next ones stand
        if (auto mark = markOfJournal(*entry))
            batch.marks.push_back(std::move(*mark));
    }
    file.line.erase(0, from);
    file.boundary = file.end - file.line.size();
    if (file.line.size() > kMostLine)
        file.isUnreadable = true;
}

QString RunDecoder::problemOf(const QString &name, const File &file)
{
    if (file.isUnreadable)
        return tr("%1 is no journal of a run from byte %2 on.").arg(name).arg(file.boundary);
    return damageText(name, file.events.damage(), file.end);
}

namespace {

/// Picks one value out of one record.
class Picker : public EventSink {
public:
    Picker(std::string_view tag, int index)
        : m_tag(tag)
        , m_index(index)
    {
    }
    void histogram(const EventStamp & /*stamp*/, std::string_view tag, const HistogramData &data) override
    {
        if (tag == m_tag)
            histogramData = data;
    }
    void image(const EventStamp & /*stamp*/, std::string_view tag, std::string_view encoded, std::int64_t /*width*/,
               std::int64_t /*height*/) override
    {
        if (tag == m_tag && m_index-- == 0)
            picture = QByteArray(encoded.data(), static_cast<qsizetype>(encoded.size()));
    }
    std::optional<HistogramData> histogramData;
    QByteArray picture;

private:
    std::string_view m_tag;
    int m_index;
};

Picker picked(const QByteArray &record, const std::string &tag, const char *plugin, int index)
{
    Picker picker(tag, index);
    EventReader reader("record");
    reader.setPlugin(tag, plugin);
    (void)reader.feed({record.constData(), static_cast<std::size_t>(record.size())}, picker); // damage: nothing found
    return picker;
}

} // namespace

std::optional<HistogramData> histogramInRecord(const QByteArray &record, const std::string &tag)
{
    return picked(record, tag, "histograms", 0).histogramData;
}

QByteArray imageInRecord(const QByteArray &record, const std::string &tag, int index)
{
    return picked(record, tag, "images", index).picture;
}

} // namespace espalier
