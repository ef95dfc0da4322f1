"""Worksheets: frozen forms, and the handouts and keys that are printed from them.  The one room that knows Typst."""

from teledesign.worksheets.arithmetic import cost_sheet
from teledesign.worksheets.basis import CostBasis, cost_basis
from teledesign.worksheets.cost_views import CostKeyView, CostView, cost_key_view, cost_view
from teledesign.worksheets.documents import DOCUMENTS, FORMATS, SHEETS, Document, TopicSource
from teledesign.worksheets.forms import FORMS, draw_form, find_form, form_file, forms_for, read_form
from teledesign.worksheets.handouts import Handout, Handouts, Order, RosterLine, make, refuse_errors
from teledesign.worksheets.inspection import PAPERS, Inspected, inspect
from teledesign.worksheets.piles import Sheet, archive, pile
from teledesign.worksheets.press import Press
from teledesign.worksheets.roster_sheet import roster_files, roster_table
from teledesign.worksheets.secret import SECRET_FILE, SECRET_VARIABLE, course_secret
from teledesign.worksheets.stress import Stress, stress
from teledesign.worksheets.views import ClassKeyView, ClassView, class_key_view, class_view

__all__ = [
    "DOCUMENTS",
    "FORMATS",
    "FORMS",
    "PAPERS",
    "SECRET_FILE",
    "SECRET_VARIABLE",
    "SHEETS",
    "ClassKeyView",
    "ClassView",
    "CostBasis",
    "CostKeyView",
    "CostView",
    "Document",
    "Handout",
    "Handouts",
    "Inspected",
    "Order",
    "Press",
    "RosterLine",
    "Sheet",
    "Stress",
    "TopicSource",
    "archive",
    "class_key_view",
    "class_view",
    "cost_basis",
    "cost_key_view",
    "cost_sheet",
    "cost_view",
    "course_secret",
    "draw_form",
    "find_form",
    "form_file",
    "forms_for",
    "inspect",
    "make",
    "pile",
    "read_form",
    "refuse_errors",
    "roster_files",
    "roster_table",
    "stress",
]
