// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/data_panel/normalization_box.h"

#include "gui/data_panel/data_subject.h"
#include "gui/document/data_edits.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/text.h"
#include "gui/window/document_page.h"
#include "widgets/common/figures.h"
#include "widgets/common/theme.h"
#include "widgets/common/tone_label.h"

#include <QtWidgets/QComboBox>
#include <QtWidgets/QGridLayout>

namespace espalier {
namespace {

QString rangeText(const JsonValue &numbers)
{
    return NormalizationBox::tr("%1 … %2, mean %3")
        .arg(formatNumber(numbers["minimum"].number()), formatNumber(numbers["maximum"].number()),
             formatNumber(numbers["mean"].number()));
}

void fill(QComboBox *choice)
{
    choice->addItem(NormalizationBox::tr("as they are"), QStringLiteral("none"));
    choice->addItem(NormalizationBox::tr("mean 0, deviation 1"), QStringLiteral("standard"));
    choice->addItem(NormalizationBox::tr("0 to 1"), QStringLiteral("minmax"));
    choice->addItem(NormalizationBox::tr("divided by 255"), QStringLiteral("scale"));
}

} // namespace

NormalizationBox::NormalizationBox(DataSubject *subject, QWidget *parent)
    : QWidget(parent)
    , m_subject(subject)
    , m_grid(new QGridLayout(this))
{
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setColumnStretch(1, 1);
    m_grid->setVerticalSpacing(Theme::current().space(Space::Tiny));
}

QComboBox *NormalizationBox::choice(const QString &column) const
{
    for (const Row &row : m_rows)
        if (row.column == column)
            return row.choice;
    return nullptr;
}

void NormalizationBox::rebuild(const QStringList &columns)
{
    while (QLayoutItem *item = m_grid->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater(); // its signal may be what led here
        delete item;
    }
    m_rows.clear();
    for (const QString &column : columns) {
        auto *label = new ToneLabel(column, Tone::Muted);
        auto *choice = new QComboBox(this);
        fill(choice);
        choice->setAccessibleName(tr("Normalisation of %1").arg(column));
        choice->setMinimumContentsLength(6);
        choice->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        auto *values = new ToneLabel({}, Tone::Muted, TextSize::Caption);
        values->setWordWrap(true);
        const int row = 2 * static_cast<int>(m_rows.size());
        m_grid->addWidget(label, row, 0);
        m_grid->addWidget(choice, row, 1);
        m_grid->addWidget(values, row + 1, 0, 1, 2);
        connect(choice, &QComboBox::activated, this, [this, column, choice] {
            if (DocumentPage *page = m_subject->page())
                page->run(setNormalization(page->editContext(), m_subject->source().toStdString(), column.toStdString(),
                                           choice->currentData().toString().toStdString()),
                          false);
        });
        m_rows.append({column, choice, values});
    }
}

void NormalizationBox::refresh(const JsonValue &statistics)
{
    QStringList wanted;
    for (const DataColumn &column : m_subject->columns())
        if (!column.isTarget && column.dtype == QLatin1StringView("float32"))
            wanted.append(column.name);
    QStringList shown;
    for (const Row &row : m_rows)
        shown.append(row.column);
    if (shown != wanted)
        rebuild(wanted);
    const DocumentPage *page = m_subject->page();
    for (const Row &row : m_rows) {
        if (!page)
            continue;
        const std::string method = normalizationOf(page->document()->document(), m_subject->source().toStdString(),
                                                   row.column.toStdString());
        row.choice->setCurrentIndex(row.choice->findData(qString(method.empty() ? "none" : method)));
        row.choice->setEnabled(!page->document()->isReadOnly());
        QString words;
        for (const JsonValue &column : statistics["columns"].items())
            if (qString(column["name"].string()) == row.column) {
                words = tr("Before: %1").arg(rangeText(column));
                if (column["normalized"].isObject() && column["normalized"]["method"].string() == method)
                    words += QLatin1Char('\n') + tr("After: %1").arg(rangeText(column["normalized"]));
            }
        row.values->setText(words);
    }
}

} // namespace espalier
