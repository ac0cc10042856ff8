// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/empty_canvas.h"

#include "gui/window/documents.h"
#include "gui/window/main_window.h"
#include "widgets/common/theme.h"

#include <QtGui/QPainter>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QVBoxLayout>

namespace espalier {
namespace {

/// A template's graph in small: a bar for each layer in its category's colour, column by column.
struct Miniature {
    const char *sample;
    const char *title;
    QList<QStringList> columns; ///< categories
};

const QList<Miniature> &miniatures()
{
    static const QList<Miniature> list{
        {"iris-mlp",
         QT_TRANSLATE_NOOP("EmptyCanvas", "Table: iris"),
         {{QStringLiteral("data")}, {QStringLiteral("core")}, {QStringLiteral("core")}, {QStringLiteral("loss")}}},
        {"digits-cnn",
         QT_TRANSLATE_NOOP("EmptyCanvas", "Pictures: digits"),
         {{QStringLiteral("data")},
          {QStringLiteral("convolution"), QStringLiteral("convolution")},
          {QStringLiteral("pooling")},
          {QStringLiteral("core")},
          {QStringLiteral("loss")}}},
        {"spirals",
         QT_TRANSLATE_NOOP("EmptyCanvas", "Points: spirals"),
         {{QStringLiteral("data")},
          {QStringLiteral("core")},
          {QStringLiteral("activation")},
          {QStringLiteral("core")},
          {QStringLiteral("loss")}}}};
    return list;
}

class TemplateButton : public QAbstractButton {
public:
    TemplateButton(const Miniature &miniature, QWidget *parent)
        : QAbstractButton(parent)
        , m_miniature(miniature)
    {
        setText(QCoreApplication::translate("EmptyCanvas", miniature.title));
        setAccessibleName(QCoreApplication::translate("EmptyCanvas", "Start from the template %1").arg(text()));
        setFocusPolicy(Qt::StrongFocus);
        setAttribute(Qt::WA_Hover);
        setCursor(Qt::PointingHandCursor);
    }
    QSize sizeHint() const override { return {Theme::current().px(160), Theme::current().px(104)}; }

protected:
    void paintEvent(QPaintEvent *) override
    {
        const Theme &theme = Theme::current();
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(hasFocus() ? theme.selection : theme.line, hasFocus() ? 2 : 1));
        painter.setBrush(underMouse() || isDown() ? theme.hover : theme.node);
        const QRectF card = QRectF(rect()).adjusted(1, 1, -1, -1);
        painter.drawRoundedRect(card, theme.sizes.radiusNode, theme.sizes.radiusNode);
        const QRectF picture = card.adjusted(16, 16, -16, -36);
        const qreal step = picture.width() / static_cast<qreal>(m_miniature.columns.size());
        painter.setPen(QPen(theme.edge, 1.5));
        painter.drawLine(QPointF(picture.left() + step / 2, picture.center().y()),
                         QPointF(picture.right() - step / 2, picture.center().y()));
        painter.setPen(Qt::NoPen);
        for (qsizetype i = 0; i < m_miniature.columns.size(); ++i) {
            const QStringList &column = m_miniature.columns[i];
            const qreal height = 12;
            qreal y = picture.center().y() - (height + 4) * static_cast<qreal>(column.size()) / 2 + 2;
            for (const QString &category : column) {
                painter.setBrush(theme.category(category));
                painter.drawRoundedRect(QRectF(picture.left() + step * static_cast<qreal>(i) + 3, y, step - 6, height),
                                        3, 3);
                y += height + 4;
            }
        }
        painter.setPen(theme.text);
        painter.setFont(theme.font());
        painter.drawText(card.adjusted(8, 0, -8, -12), Qt::AlignHCenter | Qt::AlignBottom, text());
    }

private:
    const Miniature &m_miniature;
};

} // namespace

QWidget *makeEmptyCanvas(MainWindow &window)
{
    auto *box = new QWidget;
    box->setAccessibleName(QCoreApplication::translate("EmptyCanvas", "Draw a network"));
    const Theme &theme = Theme::current();
    auto *column = new QVBoxLayout(box);
    column->setSpacing(theme.space(Space::Large));
    auto *title = new QLabel(QCoreApplication::translate("EmptyCanvas", "Draw a network"), box);
    title->setFont(theme.font(TextSize::Title, TextWeight::Strong));
    title->setAlignment(Qt::AlignCenter);
    column->addWidget(title);
    auto *words = new QLabel(
        QCoreApplication::translate("EmptyCanvas", "Drag a layer here, press Tab, or start from a template"), box);
    words->setForegroundRole(QPalette::PlaceholderText);
    words->setAlignment(Qt::AlignCenter);
    column->addWidget(words);
    auto *row = new QHBoxLayout;
    row->setSpacing(theme.space(Space::Medium));
    for (const Miniature &miniature : miniatures()) {
        auto *button = new TemplateButton(miniature, box);
        QObject::connect(button, &QAbstractButton::clicked, &window, [&window, &miniature] {
            window.documents().openSample(QString::fromLatin1(miniature.sample));
        });
        row->addWidget(button);
    }
    column->addLayout(row);
    box->adjustSize();
    return box;
}

} // namespace espalier
