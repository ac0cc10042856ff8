// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/data_panel/data_preview.h"

#include "engine/protocol/error_json.h"
#include "gui/data_panel/column_facts.h"
#include "gui/data_panel/data_subject.h"
#include "gui/data_panel/normalization_box.h"
#include "gui/data_panel/pictures_model.h"
#include "gui/data_panel/rows_model.h"
#include "gui/data_panel/split_bar.h"
#include "gui/document/data_edits.h"
#include "gui/document/studio_document.h"
#include "gui/window/document_page.h"
#include "widgets/common/figures.h"
#include "widgets/common/theme.h"
#include "widgets/common/tone_label.h"

#include <QtCore/QTimer>
#include <QtWidgets/QHeaderView>
#include <QtWidgets/QListView>
#include <QtWidgets/QProgressBar>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QTableView>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>

namespace espalier {
namespace {

constexpr int kPictureSide = 48;
constexpr int kPauseMs = 150;
constexpr int kMostLines = 6; ///< of the column list before it scrolls

} // namespace

DataPreview::DataPreview(DataSubject *subject, QWidget *parent)
    : QWidget(parent)
    , m_subject(subject)
    , m_facts(new ColumnFactsModel(this))
    , m_rows(new RowsModel(subject, this))
    , m_pictureModel(new PicturesModel(subject, Theme::current().px(kPictureSide), this))
    , m_parts(new QBoxLayout(QBoxLayout::TopToBottom, this))
    , m_count(new ToneLabel({}, Tone::Muted, TextSize::Caption))
    , m_list(new QListView)
    , m_all(new QPushButton)
    , m_progress(new QProgressBar)
    , m_rowsTitle(heading(tr("Rows")))
    , m_rowsNote(new ToneLabel({}, Tone::Muted, TextSize::Caption))
    , m_table(new QTableView)
    , m_picturesTitle(heading(tr("Pictures")))
    , m_pictures(new QListView)
    , m_split(new SplitBar)
    , m_normalizeTitle(heading(tr("Normalisation")))
    , m_normalize(new NormalizationBox(subject))
    , m_soon(new QTimer(this))
{
    build();
    m_soon->setSingleShot(true);
    m_soon->setInterval(kPauseMs);
    connect(m_soon, &QTimer::timeout, this, [this] { askStatistics(false); });
    connect(subject, &DataSubject::sourceChanged, this, &DataPreview::forget);
    connect(subject, &DataSubject::described, this, &DataPreview::describe);
    connect(m_all, &QPushButton::clicked, this, [this] {
        if (m_request)
            m_subject->cancel(m_request);
        else
            askStatistics(true);
    });
    connect(m_split, &SplitBar::partsRequested, this, [this](const SplitParts &parts) {
        if (DocumentPage *page = m_subject->page())
            page->run(setSplit(page->editContext(), parts), false);
    });
    connect(m_split, &SplitBar::settled, this, [this] {
        if (DocumentPage *page = m_subject->page())
            page->document()->endMerge();
    });
    showStatistics();
}

QLabel *DataPreview::heading(const QString &words)
{
    return new ToneLabel(words, Tone::Text, TextSize::Body, TextWeight::Strong);
}

void DataPreview::build()
{
    const Theme &theme = Theme::current();
    m_parts->setContentsMargins(0, 0, 0, 0);
    m_parts->setSpacing(theme.space(Space::Large));
    auto *first = new QVBoxLayout;
    auto *second = new QVBoxLayout;
    for (QVBoxLayout *column : {first, second}) {
        column->setSpacing(theme.space(Space::Small));
        m_parts->addLayout(column, 1);
    }
    for (QAbstractItemView *view : {static_cast<QAbstractItemView *>(m_list), static_cast<QAbstractItemView *>(m_table),
                                    static_cast<QAbstractItemView *>(m_pictures)}) {
        view->setEditTriggers(QAbstractItemView::NoEditTriggers);
        view->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
        view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
        view->setTabKeyNavigation(false);
    }
    m_list->setModel(m_facts);
    m_list->setItemDelegate(new ColumnFactsDelegate(m_list));
    m_list->setAccessibleName(tr("Columns"));
    m_list->setMouseTracking(true);
    m_table->setModel(m_rows);
    m_table->setAccessibleName(tr("Rows"));
    m_table->setMinimumHeight(theme.px(200));
    m_table->verticalHeader()->setDefaultSectionSize(theme.sizes.row);
    m_table->horizontalHeader()->setDefaultSectionSize(theme.px(84));
    m_table->setWordWrap(false);
    m_pictures->setModel(m_pictureModel);
    m_pictures->setAccessibleName(tr("Pictures"));
    m_pictures->setViewMode(QListView::IconMode);
    m_pictures->setResizeMode(QListView::Adjust);
    m_pictures->setMovement(QListView::Static);
    m_pictures->setUniformItemSizes(true);
    m_pictures->setLayoutMode(QListView::Batched);
    const int side = theme.px(kPictureSide);
    m_pictures->setIconSize({side, side});
    m_pictures->setGridSize(
        {side + theme.space(Space::Medium), side + fontMetrics().height() + theme.space(Space::Small)});
    m_pictures->setMinimumHeight(theme.px(210));
    m_progress->setTextVisible(false);
    m_progress->setFixedHeight(theme.px(4));
    m_progress->setAccessibleName(tr("Reading all rows"));
    for (ToneLabel *note : {m_count, m_rowsNote})
        note->setWordWrap(true);
    first->addWidget(heading(tr("Columns")));
    first->addWidget(m_count);
    first->addWidget(m_list);
    first->addWidget(m_progress);
    first->addWidget(m_all, 0, Qt::AlignLeft);
    first->addSpacing(theme.space(Space::Small));
    first->addWidget(heading(tr("Split")));
    first->addWidget(m_split);
    first->addSpacing(theme.space(Space::Small));
    first->addWidget(m_normalizeTitle);
    first->addWidget(m_normalize);
    first->addStretch();
    second->addWidget(m_picturesTitle);
    second->addWidget(m_pictures, 1);
    second->addWidget(m_rowsTitle);
    second->addWidget(m_rowsNote);
    second->addWidget(m_table, 1);
}

void DataPreview::setWide(bool isWide)
{
    m_parts->setDirection(isWide ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
}

void DataPreview::forget()
{
    if (m_request)
        m_subject->cancel(m_request);
    m_request = 0;
    m_statistics = {};
    m_findings.clear();
    showStatistics();
}

void DataPreview::refresh()
{
    const DocumentPage *page = m_subject->page();
    if (!page || m_subject->source().isEmpty())
        return;
    m_split->setParts(splitOf(page->document()->document()));
    m_split->setEnabled(!page->document()->isReadOnly());
    m_normalize->refresh(m_statistics);
    if (m_subject->isDescribed() && page->document()->document().data["normalize"].dump() != m_normalized)
        m_soon->start(); // values after it are other ones now
}

void DataPreview::describe()
{
    forget();
    const bool isKnown = m_subject->isDescribed();
    m_split->setRows(isKnown ? m_subject->rows().count : 0);
    setVisible(isKnown);
    if (!isKnown)
        return;
    const bool hasPictures = m_pictureModel->rowCount() > 0;
    m_picturesTitle->setVisible(hasPictures);
    m_pictures->setVisible(hasPictures);
    const bool hasRows = !hasPictures || m_rows->columnCount() > 1; // a label alone stands under its picture
    m_rowsTitle->setVisible(hasRows);
    m_table->setVisible(hasRows);
    const qint64 count = m_subject->rows().count;
    m_rowsNote->setVisible(hasRows && count > RowsModel::kMostRows);
    m_rowsNote->setText(tr("The first %1 of %2.").arg(formatCount(RowsModel::kMostRows), m_subject->rows().text()));
    refresh();
    askStatistics(false);
}

void DataPreview::askStatistics(bool all)
{
    if (!m_subject->page() || !m_subject->isDescribed())
        return;
    if (m_request)
        m_subject->cancel(m_request);
    m_normalized = m_subject->page()->document()->document().data["normalize"].dump();
    JsonValue params = JsonValue::object();
    params.set("rows", all ? 0 : 1000);
    const QString source = m_subject->source();
    auto id = std::make_shared<qint64>(0);
    *id = m_subject->ask(
        QStringLiteral("data.statistics"), std::move(params), this,
        [this, id](const Result<JsonValue> &result) {
            if (*id == m_request)
                takeStatistics(result);
        },
        [this, id](double done, double total, const QString &) {
            if (*id == m_request && total > 0)
                m_progress->setValue(static_cast<int>(100 * done / total));
        });
    m_request = *id;
    m_progress->setRange(0, 100);
    m_progress->setValue(0);
    showStatistics();
}

void DataPreview::takeStatistics(const Result<JsonValue> &result)
{
    m_request = 0;
    if (result) {
        m_statistics = *result;
        m_findings.clear();
        for (const JsonValue &problem : m_statistics["problems"].items())
            m_findings.append(errorFromJson(problem));
    }
    showStatistics();
    emit findingsChanged();
}

void DataPreview::showStatistics()
{
    m_facts->setFacts(columnFacts(m_subject->columns(), m_statistics));
    const int lines = std::clamp(m_facts->rowCount(), 1, kMostLines);
    m_list->setFixedHeight(lines * std::max(1, m_list->sizeHintForRow(0)) + 2 * m_list->frameWidth());
    m_normalize->refresh(m_statistics);
    m_normalizeTitle->setVisible(!m_normalize->isEmpty());
    const bool isSample = m_statistics["sample"].boolean();
    const QString rows = m_subject->rows().text();
    m_count->setText(!hasStatistics() ? rows
                         : isSample   ? tr("%1; what is said here stands on %2 of them")
                                          .arg(rows, formatCount(m_statistics["looked_at"].integer(0)))
                                    : tr("%1, all looked at").arg(rows));
    m_progress->setVisible(m_request != 0 && hasStatistics());
    m_all->setVisible(hasStatistics() && (isSample || m_request != 0));
    m_all->setText(m_request ? tr("Stop") : tr("Look at all rows"));
}

} // namespace espalier
