// SPDX-License-Identifier: GPL-3.0-or-later
// The window: menus, tool bar, panels on three sides, and documents in tabs.
#pragma once

#include "gui/document/catalogue.h"
#include "gui/window/canvas_commands.h"

#include <QtCore/QHash>
#include <QtWidgets/QMainWindow>

class QSplitter;
class QStackedWidget;
class QTabBar;
class QTimer;

namespace espalier {

class Actions;
class DataPanel;
class Documents;
class EngineClient;
class HistoryPanel;
class InspectorPanel;
class OutlinePanel;
class PalettePanel;
class PanelArea;
class PredictionSource;
class ProblemsPanel;
class RunStore;
class StatusLine;
class StudioDocument;
class TensorPanel;
class TopBar;
class TrainController;
class TrainingPanel;
class Watch;

class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    /// `engine` is borrowed and outlives the window. `quiet`: no question and no dialog (tests).
    explicit MainWindow(EngineClient *engine, QWidget *parent = nullptr);
    ~MainWindow() override;

    Actions &actions() const { return *m_actions; }
    DocumentPage *page() const;
    DocumentPage *page(int index) const;
    int pageCount() const;
    CurrentCanvas canvas() const;
    const Catalogue &catalogue() const { return m_catalogue; }
    Documents &documents() const { return *m_documents; }
    TrainController &trainer() const { return *m_train; }
    EngineClient *engine() const { return m_engine; }
    /// Every run that this engine can see.
    RunStore &runs() const { return *m_runs; }
    /// Everything that shows runs.
    Watch &watch() const { return *m_watch; }
    /// Asks again what can act, once this turn of the event loop is over.
    void updateFactsSoon();
    /// The bottom panels over the whole window, and back.
    void toggleDashboard();

    /// Shows a document in a new tab, which takes it over.
    DocumentPage *addPage(StudioDocument *document, const QString &title);
    void showPage(DocumentPage *page);
    /// Takes the tab away; what is not saved stays in the recovery journal's care.
    void removePage(DocumentPage *page);
    PanelArea *leftPanels() const { return m_left; }
    PanelArea *rightPanels() const { return m_right; }
    PanelArea *bottomPanels() const { return m_bottom; }
    StatusLine *statusLine() const { return m_status; }
    ProblemsPanel *problems() const { return m_problems; }
    TensorPanel *tensors() const { return m_tensors; }
    DataPanel *dataPanel() const { return m_data; }
    /// Brings the Data panel to the front and gives it the keyboard.
    void showData();
    /// The Data panel over the whole window, and back.
    void setDataAlone(bool isAlone);

signals:
    void currentPageChanged(espalier::DocumentPage *page);

protected:
    void closeEvent(QCloseEvent *event) override;
    void changeEvent(QEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    void buildPanels();
    void buildLookingPanels();
    void showRunColour(DocumentPage *shown);
    void buildLayout();
    void bindActions();
    void connectEngine();
    void takeCatalogue(const JsonValue &describe);
    void showEngineState();
    void currentTabChanged();
    void followPage(DocumentPage *page);
    void updateFacts();
    void updateStatus();
    void updateTabTitles();
    void cyclePanels(int step);
    static void focusFirstOf(QWidget *area);
    void stepDocument(int step);
    void saveLayout() const;
    void restoreLayout();

    EngineClient *m_engine;
    RunStore *m_runs;
    Catalogue m_catalogue;
    Actions *m_actions;
    Documents *m_documents = nullptr;
    TrainController *m_train = nullptr;
    Watch *m_watch = nullptr;
    TopBar *m_top;
    StatusLine *m_status;
    PanelArea *m_left;
    PanelArea *m_right;
    PanelArea *m_bottom;
    QTabBar *m_tabs;
    QStackedWidget *m_stack;
    QSplitter *m_columns = nullptr;
    QSplitter *m_rows = nullptr;
    PalettePanel *m_layers;
    PalettePanel *m_blocks;
    OutlinePanel *m_outline;
    ProblemsPanel *m_problems;
    HistoryPanel *m_history;
    InspectorPanel *m_inspector;
    DataPanel *m_data;
    TrainingPanel *m_training;
    PredictionSource *m_predictions = nullptr;
    TensorPanel *m_tensors = nullptr;
    QHash<DocumentPage *, CanvasController *> m_controllers;
    DocumentPage *m_followed = nullptr;
    QTimer *m_factsSoon;
};

} // namespace espalier
