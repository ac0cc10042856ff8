// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/panels/training_panel.h"

#include "engine/protocol/change.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/text.h"
#include "gui/models/document_sync.h"
#include "gui/panels/property_source.h"
#include "gui/window/document_page.h"
#include "widgets/common/theme.h"
#include "widgets/properties/property_editor.h"

#include <QtWidgets/QLabel>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>

namespace espalier {
namespace {

/// "early_stopping.patience" → "early stopping"; settings without a section stand first, without a heading.
QString groupOf(const std::string &path)
{
    const QString text = qString(path);
    const qsizetype dot = text.indexOf(QLatin1Char('.'));
    if (dot < 0)
        return {};
    QString group = text.left(dot).replace(QLatin1Char('_'), QLatin1Char(' '));
    group[0] = group[0].toUpper();
    return QCoreApplication::translate("settings", group.toUtf8().constData());
}

const JsonValue &valueAt(const JsonValue &section, const std::string &path)
{
    const JsonValue *at = &section;
    for (const QString &name : qString(path).split(QLatin1Char('.')))
        at = &(*at)[name.toStdString()];
    return *at;
}

} // namespace

TrainingPanel::TrainingPanel(QWidget *parent)
    : QWidget(parent)
    , m_editor(new PropertyEditor)
    , m_empty(new QLabel(tr("How a drawing is trained stands here once one is open.")))
{
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    const int margin = Theme::current().space(Space::Large);
    m_empty->setWordWrap(true);
    m_empty->setMargin(margin);
    m_empty->setAlignment(Qt::AlignTop);
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    outer->addWidget(m_empty);
    auto *scroll = new QScrollArea(this);
    scroll->setAccessibleName(tr("Training"));
    scroll->setFocusPolicy(Qt::NoFocus); // what is in it takes the keyboard
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto *content = new QWidget;
    auto *column = new QVBoxLayout(content);
    column->setContentsMargins(margin, margin, margin, margin);
    column->addWidget(m_editor);
    column->addStretch();
    scroll->setWidget(content);
    outer->addWidget(scroll, 1);
    setFocusProxy(m_editor);
    connect(m_editor, &PropertyEditor::changeRequested, this,
            [this](const QString &name, const QJsonValue &value) { set(name, fromQt(value)); });
    connect(m_editor, &PropertyEditor::resetRequested, this, [this](const QString &name) {
        for (const Setting &setting : m_settings)
            if (setting.param.name == name.toStdString())
                set(name, setting.param.fallback);
    });
    refresh();
}

void TrainingPanel::setSchema(const JsonValue &settings)
{
    m_settings.clear();
    for (const JsonValue &json : settings.items()) {
        Setting setting;
        setting.param = paramFromJson(json, "path");
        setting.group = groupOf(setting.param.name);
        if (!setting.param.name.empty())
            m_settings.push_back(std::move(setting));
    }
    std::stable_sort(m_settings.begin(), m_settings.end(),
                     [](const Setting &a, const Setting &b) { return a.group.isEmpty() && !b.group.isEmpty(); });
    refresh();
}

void TrainingPanel::setPage(DocumentPage *page)
{
    if (m_page) {
        m_page->document()->disconnect(this);
        m_page->sync()->disconnect(this);
    }
    m_page = page;
    if (page) {
        connect(page->document(), &StudioDocument::changed, this, &TrainingPanel::refresh);
        connect(page->document(), &StudioDocument::reset, this, &TrainingPanel::refresh);
        connect(page->sync(), &DocumentSync::answersChanged, this, &TrainingPanel::refresh);
    }
    refresh();
}

void TrainingPanel::refresh()
{
    m_empty->setVisible(!m_page);
    QList<Property> rows;
    if (m_page)
        for (const Setting &setting : m_settings) {
            const JsonValue &value = valueAt(m_page->document()->document().training, setting.param.name);
            Property row = propertyOf(setting.param, {value.isNull() ? setting.param.fallback : value});
            row.group = setting.group;
            row.isEnabled = !m_page->document()->isReadOnly();
            for (const Error &problem : m_page->answers().problems)
                if (problem.where.node.empty() && problem.where.parameter.ends_with(setting.param.name))
                    row.problem = text(problem);
            rows.append(row);
        }
    m_editor->setProperties(rows, m_page ? m_page->sync()->name() : QString());
}

void TrainingPanel::set(const QString &path, const JsonValue &value)
{
    if (!m_page)
        return;
    Change change;
    if (m_page->document()->document().training.isNull())
        change.operations.push_back(setDocumentField("training", JsonValue::object()));
    const std::string field = "training/" + QString(path).replace(QLatin1Char('.'), QLatin1Char('/')).toStdString();
    if (const QString section = path.section(QLatin1Char('.'), 0, -2);
        !section.isEmpty() && valueAt(m_page->document()->document().training, section.toStdString()).isNull())
        change.operations.push_back(
            setDocumentField("training/" + QString(section).replace(QLatin1Char('.'), QLatin1Char('/')).toStdString(),
                             JsonValue::object()));
    change.operations.push_back(setDocumentField(field, value));
    Edit edit;
    edit.change = std::move(change);
    edit.label = tr("Set %1").arg(path);
    edit.graph = m_page->graph();
    m_page->run(edit, false);
}

} // namespace espalier
