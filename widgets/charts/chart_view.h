// SPDX-License-Identifier: GPL-3.0-or-later
// What all charts share: a title row, no frame, pictures and tables to take away, a menu that asks for them.
#pragma once

#include <QtGui/QImage>
#include <QtWidgets/QWidget>

class QMenu;

namespace espalier {

struct Theme;

/// Paints plain data; never edits, and asks (`…Requested`) instead.
class ChartView : public QWidget {
    Q_OBJECT
public:
    explicit ChartView(QWidget *parent = nullptr);

    /// Words ("Loss"); the accessible name too, where none was given.
    void setTitle(const QString &title);
    QString title() const { return m_title; }

    /// Right in the title row, muted ("brave-pear · validation 0.071"); elided from the left.
    void setDetail(const QString &detail);
    QString detail() const { return m_detail; }

    /// Said in the middle while there is nothing to show.
    void setEmptyText(const QString &text);

    virtual bool isEmpty() const = 0;

    /// Paints all of the chart into `rect` with title and legend, without what follows the pointer.
    virtual void render(QPainter &painter, const QRectF &rect) = 0;
    using QWidget::render;

    /// All data behind the chart, not only what is drawn, with a header line; UTF-8 text.
    virtual QString csv() const = 0;

    /// As `render` paints it, on the panel's colour. `ratio`: px for each logical px; 0: twice.
    QImage picture(qreal ratio = 0);

    /// Writes .png, .svg or .pdf, by the name's ending; false: can't be written, or another ending.
    bool savePicture(const QString &path);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    /// The menu was asked for "png", "svg", "pdf", "csv" or "copy".
    void exportRequested(espalier::ChartView *chart, const QString &kind);

protected:
    /// Height of the title row.
    static int titleHeight(const Theme &theme);
    void paintTitle(QPainter &painter, const QRectF &rect) const;
    void paintEmpty(QPainter &painter, const QRectF &rect) const;

    /// More entries ahead of those for taking away.
    virtual void fillMenu(QMenu &) { }

    /// Forget what was painted: the theme, the font or the language is another one.
    virtual void lookChanged() { update(); }

    void contextMenuEvent(QContextMenuEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    QString m_title;
    QString m_detail;
    QString m_emptyText;
};

/// A field of a CSV line, quoted where it has to be.
QString csvField(const QString &text);

/// A number in full, in the C locale: reads back as the same float.
QString csvNumber(double value);

} // namespace espalier
