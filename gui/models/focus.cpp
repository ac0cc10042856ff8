// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/models/focus.h"

namespace espalier {

Focus::Focus(QObject *parent)
    : QObject(parent)
{
}

void Focus::setRun(const QString &run)
{
    if (m_run == run)
        return;
    m_run = run;
    const bool wasLive = std::exchange(m_isLive, true);
    emit runChanged();
    if (!wasLive)
        emit timeChanged();
    emit changed();
}

void Focus::setStep(qint64 step)
{
    if (!m_isLive && m_step == step)
        return;
    m_isLive = false;
    m_step = step;
    emit timeChanged();
    emit changed();
}

void Focus::setLive()
{
    if (m_isLive)
        return;
    m_isLive = true;
    emit timeChanged();
    emit changed();
}

void Focus::setSample(const Sample &sample)
{
    if (m_sample == sample)
        return;
    m_sample = sample;
    emit sampleChanged();
    emit changed();
}

void Focus::setSelection(const Selection &selection)
{
    if (m_selection == selection)
        return;
    m_selection = selection;
    emit selectionChanged();
    emit changed();
}

} // namespace espalier
