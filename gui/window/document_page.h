// SPDX-License-Identifier: GPL-3.0-or-later
// One open document in its tab: the document, its engine answers, and the canvas that shows one of its graphs.
#pragma once

#include "gui/document/edit.h"
#include "gui/models/graph_presenter.h"
#include "gui/models/node_watch.h"
#include "widgets/graph/graph_view.h"

#include <QtCore/QHash>
#include <QtCore/QSet>
#include <QtWidgets/QWidget>

#include <optional>

namespace espalier {

class Breadcrumbs;
class DocumentSync;
class EngineClient;
class Focus;
class GradientFlow;
class GraphModel;
class NoticeBar;
class RunStore;
class StudioDocument;

class DocumentPage : public QWidget {
    Q_OBJECT
public:
    /// `document` is taken over. `engine` and `catalogue` are borrowed and outlive the page.
    DocumentPage(StudioDocument *document, EngineClient *engine, const Catalogue *catalogue, QWidget *parent = nullptr);
    ~DocumentPage() override;

    StudioDocument *document() const { return m_document; }
    DocumentSync *sync() const { return m_sync; }
    GraphView *view() const { return m_view; }
    GraphModel *model() const { return m_model; }
    /// Which run, when in it, which sample and layer all panels look at.
    Focus *focus() const { return m_focus; }
    /// Lets the nodes show the focused run. `runs` is borrowed and outlives the page.
    void watchRuns(RunStore *runs);
    NodeWatch *watch() const { return m_watch; } ///< null before watchRuns
    GradientFlow *flow() const { return m_flow; } ///< null before watchRuns
    /// Wires as wide as much gradient comes back along them.
    void setShowsGradientFlow(bool shows);
    /// The id path of a node of the shown graph; where a block is repeated, at its first place.
    QString pathOf(const QString &node) const;
    NoticeBar *notices() const { return m_notices; }
    const Catalogue &catalogue() const { return *m_catalogue; }
    const Answers &answers() const;

    /// The graph on the canvas: "root", or a block's id.
    const std::string &graph() const { return m_path.back().graph; }
    bool isInBlock() const { return m_path.size() > 1; }
    /// Goes into the block of an instance (or a Scan) that the canvas shows.
    void enter(const QString &instance);
    void leave();
    /// Shows a graph of the document by the shortest way.
    void showGraph(const std::string &graph);
    /// Shows the node, selects it and gives the canvas the focus.
    void reveal(const std::string &graph, const QString &node);
    /// The instance through which the shown block was entered; empty at the root.
    std::string enteredThrough() const { return m_path.back().instance; }
    std::string enteredFrom() const;

    EditContext editContext() const;
    /// Applies an edit, selects what it made, and tells what went wrong. Returns whether something happened.
    bool run(const EditResult &edit, bool selects = true);
    /// Applies a fix of a problem.
    void applyFix(const Fix &fix, const Place &where);

    std::vector<std::string> selectedNodes() const;
    std::vector<std::string> selectedWires() const;
    std::vector<std::string> selectedFrames() const;

    QString title() const { return m_title; }
    void setTitle(const QString &title);
    void setFigure(NodeFigure figure);
    /// Looks there, now or when it is first shown.
    void lookAt(const GraphView::ViewState &state);
    void refresh(); ///< presents everything anew: catalogue or language have changed

signals:
    void selectionChanged();
    void graphChanged();
    void titleChanged();
    /// An Input was opened: the data of this source (id or name; empty: any) are wanted.
    void dataRequested(const QString &source);
    /// A sentence for the status line.
    void told(const QString &sentence);

protected:
    void showEvent(QShowEvent *event) override;

private:
    struct Step {
        std::string graph;
        std::string instance; ///< node id in the graph before
    };
    Presented presented() const;
    void present();
    void presentChange(const Change &change);
    void presentOperation(const Operation &operation);
    void presentFramesOf(const DocumentGraph &shown);
    void showPath();
    void updateBreadcrumbs();
    void makeEnteredUnique();
    void focusOnSelection();
    NodeWatch::Shown shownNodes() const;
    void showLooks(const QStringList &nodes);
    void showFlow();
    void tellFlow();

    StudioDocument *m_document;
    const Catalogue *m_catalogue;
    DocumentSync *m_sync;
    Focus *m_focus;
    NodeWatch *m_watch = nullptr;
    GradientFlow *m_flow = nullptr;
    QHash<QString, GraphNode>
        m_bare; ///< nodes as they are shown without a run, those that changed looks since present()
    GraphModel *m_model;
    GraphView *m_view;
    NoticeBar *m_notices;
    Breadcrumbs *m_breadcrumbs;
    std::vector<Step> m_path{{"root", {}}};
    QString m_shown = QStringLiteral("root"); ///< the graph that the view shows now
    QHash<QString, GraphView::ViewState> m_viewStates; ///< where one looked in each graph
    QString m_title;
    bool m_wasShown = false;
    std::optional<GraphView::ViewState> m_firstLook;
    NodeFigure m_figure = NodeFigure::Parameters;
};

} // namespace espalier
