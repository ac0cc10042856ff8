// SPDX-License-Identifier: GPL-3.0-or-later
// What all panels about runs share: which runs are shown and in which colour, how curves are drawn, where one looks.
#pragma once

#include <QtCore/QHash>
#include <QtCore/QObject>
#include <QtCore/QPointer>
#include <QtCore/QStringList>
#include <QtGui/QColor>

namespace espalier {

class DocumentPage;
class Focus;
class RunStore;

enum class CurveAxis { Step, Epoch, WallTime, Relative };
enum class CurveScale { Linear, Log, SymLog };

class Dashboard : public QObject {
    Q_OBJECT
public:
    explicit Dashboard(RunStore *store, QObject *parent = nullptr);
    ~Dashboard() override;

    RunStore *store() const { return m_store; }
    /// Of the document in front; without one, the dashboard's own. Never null.
    Focus *focus() const;
    DocumentPage *page() const;
    void setPage(DocumentPage *page);

    /// The runs that curves and other panels show, oldest first. They are followed.
    QStringList shown() const;
    bool isShown(const QString &run) const;
    void setShown(const QString &run, bool isShown);
    /// Only the run looked at.
    void showOnlyFocus();

    /// Belongs to the run in every panel: the person's choice, else one of the eight.
    QColor colour(const QString &run) const;
    /// 0: none; from the ninth run on curves bear markers.
    int marker(const QString &run) const;
    QString name(const QString &run) const;

    double smoothing() const { return m_smoothing; }
    void setSmoothing(double weight); ///< 0 ... 0.999
    CurveAxis axis() const { return m_axis; }
    void setAxis(CurveAxis axis);
    CurveScale scale() const { return m_scale; }
    void setScale(CurveScale scale);
    int columns() const { return m_columns; } ///< 0: as many as there is room for
    void setColumns(int columns);
    const QStringList &pinned() const { return m_pinned; } ///< keys of metrics
    void setPinned(const QString &key, bool isPinned);
    const QString &filter() const { return m_filter; } ///< words that tags must hold
    void setFilter(const QString &words);

signals:
    void runsChanged(); ///< which are shown, their names and colours
    void optionsChanged();
    void pageChanged();
    void focusChanged(); ///< run, time, sample or selection
    void tagsChanged();
    void dataChanged(const QStringList &runs); ///< new points, at most 20 times a second

private:
    void keepColours();
    void followShown();
    void remember() const;

    RunStore *m_store;
    QPointer<DocumentPage> m_page;
    Focus *m_ownFocus;
    QHash<QString, bool> m_choice; ///< what the person showed or hid
    QStringList m_shown; ///< as of the last look
    mutable QHash<QString, int> m_slots; ///< colours by run
    double m_smoothing = 0.6;
    CurveAxis m_axis = CurveAxis::Step;
    CurveScale m_scale = CurveScale::Linear;
    int m_columns = 0;
    QStringList m_pinned;
    QString m_filter;
};

} // namespace espalier
