// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/data_panel/source_box.h"

#include "gui/data_panel/data_adder.h"
#include "gui/data_panel/data_subject.h"
#include "gui/document/data_edits.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/text.h"
#include "gui/panels/property_source.h"
#include "gui/window/document_page.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"
#include "widgets/common/tone_label.h"
#include "widgets/properties/property_editor.h"

#include <QtWidgets/QComboBox>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QMenu>
#include <QtWidgets/QToolButton>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>

namespace espalier {
namespace {

constexpr char kName[] = "\001name"; ///< the row of the source's own name; no parameter is called so

QToolButton *button(const QString &iconName, const QString &name, const QString &tip, QWidget *parent)
{
    auto *made = new QToolButton(parent);
    made->setIcon(icon(iconName));
    made->setAutoRaise(true);
    made->setAccessibleName(name);
    made->setToolTip(tip);
    made->setFocusPolicy(Qt::StrongFocus);
    return made;
}

/// Whether the parameter means something with the kind's first parameter as it is.
bool isMeant(const SourceKindInfo &kind, const SourceParam &param, const JsonValue &parameters)
{
    if (param.onlyFor.empty())
        return true;
    const ParamInfo &first = kind.params.front().info;
    const JsonValue &value = parameters.has(first.name) ? parameters[first.name] : first.fallback;
    return std::find(param.onlyFor.begin(), param.onlyFor.end(), value.string()) != param.onlyFor.end();
}

} // namespace

SourceBox::SourceBox(DataSubject *subject, DataAdder *adder, QWidget *parent)
    : QWidget(parent)
    , m_subject(subject)
    , m_adder(adder)
    , m_sources(new QComboBox(this))
    , m_add(button(QStringLiteral("plus"), tr("Add data"), tr("Adds another source of data."), this))
    , m_remove(button(QStringLiteral("trash"), tr("Remove these data"),
                      tr("Takes this source out of the drawing; its files stay."), this))
    , m_reload(button(QStringLiteral("refresh"), tr("Read the data again"),
                      tr("Reads the files again: they may have changed."), this))
    , m_kind(new QComboBox(this))
    , m_editor(new PropertyEditor(this))
{
    const Theme &theme = Theme::current();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(theme.space(Space::Small));
    auto *head = new QHBoxLayout;
    head->setSpacing(theme.space(Space::Tiny));
    m_sources->setAccessibleName(tr("Source of data"));
    m_sources->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_sources->setMinimumContentsLength(6);
    head->addWidget(m_sources, 1);
    for (QToolButton *each : {m_add, m_reload, m_remove})
        head->addWidget(each);
    column->addLayout(head);
    auto *kindRow = new QHBoxLayout;
    auto *label = new ToneLabel(tr("Kind"), Tone::Muted);
    label->setBuddy(m_kind);
    m_kind->setAccessibleName(tr("Kind of data"));
    m_kind->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_kind->setMinimumContentsLength(6);
    kindRow->addWidget(label);
    kindRow->addWidget(m_kind, 1);
    column->addLayout(kindRow);
    column->addWidget(m_editor);
    m_add->setPopupMode(QToolButton::InstantPopup);
    m_add->setMenu(new QMenu(m_add));
    connect(m_add->menu(), &QMenu::aboutToShow, this, &SourceBox::fillKinds);
    connect(m_sources, &QComboBox::activated, this,
            [this](int index) { m_subject->setSource(m_sources->itemData(index).toString()); });
    connect(m_remove, &QToolButton::clicked, this, [this] {
        if (DocumentPage *page = m_subject->page())
            page->run(removeSource(page->editContext(), m_subject->source().toStdString()), false);
    });
    connect(m_reload, &QToolButton::clicked, m_subject, &DataSubject::reload);
    connect(m_kind, &QComboBox::activated, this, &SourceBox::changeKind);
    connect(m_editor, &PropertyEditor::changeRequested, this, &SourceBox::set);
    connect(m_editor, &PropertyEditor::resetRequested, this, &SourceBox::reset);
    connect(m_editor, &PropertyEditor::browseRequested, this, &SourceBox::browse);
}

QWidget *SourceBox::first() const
{
    return m_sources;
}

void SourceBox::fillKinds()
{
    m_add->menu()->clear();
    m_add->menu()->setToolTipsVisible(true);
    for (const SourceKindInfo &kind : m_adder->kinds()) {
        QAction *action = m_add->menu()->addAction(QCoreApplication::translate("schema", kind.label.c_str()), this,
                                                   [this, name = kind.name] { m_adder->addKind(name, this); });
        action->setToolTip(QCoreApplication::translate("schema", kind.help.c_str()));
    }
}

void SourceBox::refresh()
{
    const DocumentPage *page = m_subject->page();
    m_sources->clear();
    m_kind->clear();
    if (!page || m_subject->source().isEmpty()) {
        m_editor->setProperties({});
        return;
    }
    const Document &document = page->document()->document();
    for (const JsonValue &source : document.data["sources"].items())
        m_sources->addItem(qString(source["name"].string()), qString(source["id"].string()));
    m_sources->setCurrentIndex(m_sources->findData(m_subject->source()));
    const bool isEditable = !page->document()->isReadOnly();
    const JsonValue &source = sourceOf(document, m_subject->source().toStdString());
    for (const SourceKindInfo &kind : m_adder->kinds())
        m_kind->addItem(QCoreApplication::translate("schema", kind.label.c_str()), qString(kind.name));
    m_kind->setPlaceholderText(qString(source["kind"].string())); // of another version
    m_kind->setCurrentIndex(m_kind->findData(qString(source["kind"].string())));
    if (const SourceKindInfo *kind = findKind(m_adder->kinds(), source["kind"].string()))
        m_kind->setToolTip(QCoreApplication::translate("schema", kind->help.c_str()));
    for (QWidget *each :
         {static_cast<QWidget *>(m_kind), static_cast<QWidget *>(m_add), static_cast<QWidget *>(m_remove)})
        each->setEnabled(isEditable);
    showParameters();
}

void SourceBox::showParameters()
{
    const DocumentPage *page = m_subject->page();
    const JsonValue &source = sourceOf(page->document()->document(), m_subject->source().toStdString());
    QList<Property> rows;
    Property name;
    name.name = QLatin1StringView(kName);
    name.label = tr("Name");
    name.help = tr("What Inputs call these data by.");
    name.type = QStringLiteral("text");
    name.values = {qString(source["name"].string())};
    rows.append(name);
    if (const SourceKindInfo *kind = findKind(m_adder->kinds(), source["kind"].string()))
        for (const SourceParam &param : kind->params)
            if (isMeant(*kind, param, source["parameters"])) {
                const JsonValue &value = source["parameters"][param.info.name];
                rows.append(propertyOf(param.info, {value.isNull() ? param.info.fallback : value}));
            }
    const std::optional<Error> &problem = m_subject->problem();
    for (Property &row : rows) {
        row.isEnabled = !page->document()->isReadOnly();
        if (problem && !row.name.isEmpty() && qString(problem->where.parameter).endsWith(QLatin1Char('/') + row.name))
            row.problem = text(*problem);
    }
    m_editor->setProperties(rows, m_subject->source() + qString(source["kind"].string()));
}

void SourceBox::set(const QString &name, const QJsonValue &value)
{
    DocumentPage *page = m_subject->page();
    if (!page)
        return;
    const std::string id = m_subject->source().toStdString();
    if (name == QLatin1StringView(kName))
        page->run(renameSource(page->editContext(), id, value.toString().trimmed().toStdString()), false);
    else
        page->run(setSourceParam(page->editContext(), id, name.toStdString(), fromQt(value)), false);
    refresh(); // a name that was refused is taken back
}

void SourceBox::reset(const QString &name)
{
    DocumentPage *page = m_subject->page();
    if (!page)
        return;
    const std::string id = m_subject->source().toStdString();
    const JsonValue &source = sourceOf(page->document()->document(), id);
    if (const SourceKindInfo *kind = findKind(m_adder->kinds(), source["kind"].string()))
        for (const SourceParam &param : kind->params)
            if (qString(param.info.name) == name)
                page->run(setSourceParam(page->editContext(), id, param.info.name, param.info.fallback), false);
}

void SourceBox::browse(const QString &name)
{
    const DocumentPage *page = m_subject->page();
    if (!page)
        return;
    const JsonValue &source = sourceOf(page->document()->document(), m_subject->source().toStdString());
    const SourceKindInfo *kind = findKind(m_adder->kinds(), source["kind"].string());
    const std::vector<SourceParam> params = kind ? kind->params : std::vector<SourceParam>();
    for (const SourceParam &param : params)
        if (qString(param.info.name) == name) {
            const QString path = DataAdder::askPath(param.type, qString(param.info.label), this);
            if (!path.isEmpty())
                set(name, path);
        }
}

void SourceBox::changeKind(int index)
{
    DocumentPage *page = m_subject->page();
    const SourceKindInfo *kind = findKind(m_adder->kinds(), m_kind->itemData(index).toString().toStdString());
    if (page && kind)
        page->run(setSourceKind(page->editContext(), m_subject->source().toStdString(), kind->name, kind->defaults()),
                  false);
}

} // namespace espalier
