// SPDX-License-Identifier: GPL-3.0-or-later
// What tensor views show, as plain data. Nothing in it knows where the numbers come from.
#pragma once

#include "widgets/tensor/colour_map.h"

#include <QtCore/QList>
#include <QtCore/QString>
#include <QtGui/QImage>

namespace espalier {

/// A matrix of numbers, perhaps the upper left part of a larger one.
struct ValueMatrix {
    int rows = 0;
    int columns = 0;
    QList<double> values; ///< row by row; not finite ones are marked
    QString rowWord; ///< what a row is: "out", "time"; shown as "out 3"
    QString columnWord;
    qint64 firstRow = 0; ///< number of the first one
    qint64 firstColumn = 0;
    ValueRange range; ///< of all of it, also of what is not here

    bool isEmpty() const { return rows <= 0 || columns <= 0 || values.size() < qsizetype(rows) * columns; }
    double at(int row, int column) const { return values[qsizetype(row) * columns + column]; }
    /// "out 3, in 5: −0.0713".
    QString textAt(int row, int column) const;
    friend bool operator==(const ValueMatrix &, const ValueMatrix &) = default;
};

/// The least and the greatest of the finite values; 0 to 0 where there are none.
ValueRange rangeOf(const QList<double> &values);

/// Many small pictures of one size in one grey picture, row after row without gaps.
struct PictureSheet {
    QImage levels; ///< grey, 8 bits: level 0 is the least value of its range, 255 the greatest
    int columns = 1; ///< of small pictures
    int count = 0;
    QSize cell; ///< of a small picture, px
    ValueRange range; ///< of all together
    QList<ValueRange> ranges; ///< of each, where each is spread over its own; else empty
    QString word; ///< what a picture is: "channel"; shown as "channel 5"
    QString rowWord; ///< where the rows mean something ("out"), so that columns must stay; else empty
    int shrink = 1; ///< values along a side that a pixel is the mean of

    bool isEmpty() const;
    QRect rectOf(int index) const;
    ValueRange rangeOf(int index) const { return ranges.isEmpty() ? range : ranges.value(index); }
    /// "channel 5", or "out 2, in 1" where rows mean something.
    QString nameOf(int index) const;
    /// What stands at a pixel of a small picture, as exactly as 256 levels tell.
    double valueAt(int index, const QPoint &pixel) const;
    friend bool operator==(const PictureSheet &, const PictureSheet &) = default;
};

} // namespace espalier
