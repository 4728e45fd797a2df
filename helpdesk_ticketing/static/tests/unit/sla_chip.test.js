import { expect, test } from "@odoo/hoot";
import { queryAll, queryAllTexts } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";

class Ticket extends models.Model {
    _name = "ticketing.ticket";

    sla_deadline = fields.Datetime();
    sla_state = fields.Selection({
        selection: ["running", "at_risk", "breached", "paused", "met", "missed"].map((state) => [state, state]),
    });
    sla_target = fields.Selection({
        selection: [
            ["first_response", "First Response"],
            ["resolution", "Resolution"],
        ],
    });

    _records = [
        { id: 1, sla_deadline: "2026-03-02 12:30:00", sla_state: "running", sla_target: "first_response" },
        { id: 2, sla_deadline: "2026-03-04 15:00:00", sla_state: "running", sla_target: "resolution" },
        { id: 3, sla_deadline: "2026-03-02 10:40:00", sla_state: "at_risk", sla_target: "resolution" },
        { id: 4, sla_deadline: "2026-03-02 08:00:00", sla_state: "breached", sla_target: "resolution" },
        { id: 5, sla_deadline: "2026-03-02 10:01:00", sla_state: "running", sla_target: "resolution" },
        { id: 6, sla_state: "paused" },
        { id: 7, sla_state: "met" },
        { id: 8, sla_state: "missed" },
        { id: 9, sla_state: false },
        { id: 10, sla_state: "running", sla_target: "resolution" },
    ];
}

defineMailModels();
defineModels([Ticket]);

test("the chip tells in words what is left, and goes on by itself", async () => {
    mockDate("2026-03-02 10:00:00", +0);
    await mountView({
        type: "list",
        resModel: "ticketing.ticket",
        arch: `<list><field name="sla_deadline" widget="sla_chip"/></list>`,
    });
    expect(queryAllTexts(".o_data_cell")).toEqual([
        "2 h 30 min left",
        "2 d 5 h left",
        "At risk: 40 min",
        "2 h late",
        "1 min left",
        "Paused",
        "Met",
        "Missed",
        "",
        "No deadline",
    ]);
    const chips = queryAll(".o_sla_chip");
    expect(chips).toHaveLength(9);
    expect(chips[0]).toHaveAttribute("aria-label", /^2 h 30 min left\. First response until Mon.*12:30/);
    expect(chips[0]).toHaveClass("text-bg-success");
    expect(chips[2]).toHaveClass("text-bg-warning");
    expect(chips[3]).toHaveClass("text-bg-danger");
    expect(chips[5]).toHaveClass("text-bg-secondary");

    await advanceTime(3 * 60 * 1000);
    await animationFrame();
    expect(queryAllTexts(".o_data_cell").slice(0, 5)).toEqual([
        "2 h 27 min left",
        "2 d 4 h left",
        "At risk: 37 min",
        "2 h 3 min late",
        "2 min late",
    ]);
    expect(queryAll(".o_sla_chip")[4]).toHaveAttribute("data-state", "breached");
});
