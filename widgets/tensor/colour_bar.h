// SPDX-License-Identifier: GPL-3.0-or-later
// Says what the colours of a heat map or a grid of pictures mean: the scale with its ends and its zero.
#pragma once

#include "widgets/tensor/colour_map.h"

#include <QtWidgets/QWidget>

namespace espalier {

class ColourBar : public QWidget {
    Q_OBJECT
public:
    explicit ColourBar(QWidget *parent = nullptr);

    /// `marks`: whether numbers stand beside it; without, the ends read "low" and "high" (each picture has its own).
    void setScale(ColourScale scale, const ValueRange &range, bool marks = true);
    ColourScale scale() const { return m_scale; }
    const ValueRange &range() const { return m_range; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    ColourScale m_scale = ColourScale::Sequential;
    ValueRange m_range;
    bool m_hasMarks = true;
};

} // namespace espalier
