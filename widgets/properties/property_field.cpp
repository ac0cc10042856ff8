// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/properties/property_field.h"

#include "widgets/common/icons.h"
#include "widgets/common/style.h"
#include "widgets/common/theme.h"
#include "widgets/properties/value_edit.h"
#include "widgets/properties/value_text.h"

#include <QtGui/QWheelEvent>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QToolButton>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

QHBoxLayout *rowIn(QWidget *widget)
{
    auto *row = new QHBoxLayout(widget);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(Theme::current().space(Space::Tiny));
    return row;
}

class LineField : public PropertyField {
public:
    LineField(bool isFile, QWidget *parent)
        : PropertyField(parent)
        , m_edit(new ValueEdit(this))
    {
        QHBoxLayout *row = rowIn(this);
        row->addWidget(m_edit);
        connect(m_edit, &ValueEdit::committed, this, &PropertyField::committed);
        connect(m_edit, &ValueEdit::problemFound, this, &PropertyField::problemFound);
        if (!isFile)
            return;
        m_browse = new QToolButton(this);
        m_browse->setIcon(icon(u"folder"_s));
        m_browse->setToolTip(QObject::tr("Choose a file"));
        m_browse->setAccessibleName(m_browse->toolTip());
        m_browse->setFocusPolicy(Qt::StrongFocus);
        row->addWidget(m_browse);
        connect(m_browse, &QToolButton::clicked, this, &PropertyField::browseRequested);
    }

    void display(const Property &property) override
    {
        m_edit->display(property);
        if (m_browse)
            m_browse->setEnabled(property.isEnabled);
    }

    QWidget *input() const override { return m_edit; }
    void commit() override { m_edit->commit(); }
    void revert() override { m_edit->revert(); }

private:
    ValueEdit *m_edit;
    QToolButton *m_browse = nullptr;
};

/// A wheel over it scrolls the panel: nothing is changed by scrolling past.
class CalmComboBox : public QComboBox {
public:
    using QComboBox::QComboBox;

protected:
    void wheelEvent(QWheelEvent *event) override { event->ignore(); }
};

class ChoiceField : public PropertyField {
public:
    explicit ChoiceField(QWidget *parent)
        : PropertyField(parent)
        , m_box(new CalmComboBox(this))
    {
        rowIn(this)->addWidget(m_box);
        m_box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        m_box->setMinimumContentsLength(4);
        connect(m_box, &QComboBox::activated, this, [this](int index) {
            const QJsonValue value = m_box->itemData(index).toString();
            if (value != m_value)
                emit committed(value);
        });
    }

    void display(const Property &property) override
    {
        QStringList shown;
        for (int i = 0; i < m_box->count(); ++i)
            shown.append(m_box->itemText(i));
        const bool hasLabels = property.choiceLabels.size() == property.choices.size();
        const QStringList &labels = hasLabels ? property.choiceLabels : property.choices;
        if (shown != labels || m_choices != property.choices) {
            m_choices = property.choices;
            m_box->clear();
            for (qsizetype i = 0; i < labels.size(); ++i)
                m_box->addItem(labels[i], property.choices[i]);
        }
        m_value = commonValue(property);
        m_box->setPlaceholderText(isMixed(property) ? QObject::tr("mixed") : valueText(property, m_value));
        m_box->setCurrentIndex(static_cast<int>(property.choices.indexOf(m_value.toString())));
        m_box->setEnabled(property.isEnabled);
    }

    QWidget *input() const override { return m_box; }

private:
    QComboBox *m_box;
    QStringList m_choices;
    QJsonValue m_value;
};

class SwitchField : public PropertyField {
public:
    explicit SwitchField(QWidget *parent)
        : PropertyField(parent)
        , m_box(new QCheckBox(this))
    {
        QHBoxLayout *row = rowIn(this);
        row->addWidget(m_box);
        row->addStretch();
        m_box->setProperty(kSwitchProperty, true);
        connect(m_box, &QCheckBox::clicked, this, [this] {
            const bool isOn = m_box->checkState() != Qt::Unchecked;
            m_box->setTristate(false);
            m_box->setChecked(isOn);
            say();
            emit committed(isOn);
        });
    }

    void display(const Property &property) override
    {
        m_box->setTristate(isMixed(property));
        m_box->setCheckState(isMixed(property)                    ? Qt::PartiallyChecked
                                 : commonValue(property).toBool() ? Qt::Checked
                                                                  : Qt::Unchecked);
        m_box->setEnabled(property.isEnabled);
        say();
    }

    QWidget *input() const override { return m_box; }

private:
    void say()
    {
        m_box->setText(m_box->checkState() == Qt::PartiallyChecked ? QObject::tr("mixed")
                           : m_box->isChecked()                    ? QObject::tr("on")
                                                                   : QObject::tr("off"));
    }

    QCheckBox *m_box;
};

} // namespace

FieldKind fieldKind(const Property &property)
{
    const auto all = [&](auto &&test) { return std::all_of(property.values.begin(), property.values.end(), test); };
    if (property.type == "bool"_L1 && all([](const QJsonValue &value) { return value.isBool(); }))
        return FieldKind::Switch;
    const bool isChosen
        = property.type == "choice"_L1 || property.type == "dtype"_L1 || property.type == "initializer"_L1;
    if (isChosen && !property.choices.isEmpty() && all([](const QJsonValue &value) { return value.isString(); }))
        return FieldKind::Choice;
    return property.type == "file"_L1 ? FieldKind::File : FieldKind::Line;
}

PropertyField *newField(FieldKind kind, QWidget *parent)
{
    switch (kind) {
    case FieldKind::Switch:
        return new SwitchField(parent);
    case FieldKind::Choice:
        return new ChoiceField(parent);
    default:
        return new LineField(kind == FieldKind::File, parent);
    }
}

} // namespace espalier
