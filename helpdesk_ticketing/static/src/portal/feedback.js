import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/**
 * Stores the face that was clicked in the mail as soon as the page is looked at, and each other one that is clicked
 * here: one click is an answer. The form's button says it all again, so that nothing is lost without this script.
 */
export class FeedbackForm extends Interaction {
    static selector = "form.o_ticketing_feedback";
    dynamicContent = {
        "input[name='satisfaction']": { "t-on-change": (ev) => this.save(ev.currentTarget.value) },
        _document: { "t-on-visibilitychange": this.saveClicked },
    };

    start() {
        this.saveClicked();
    }

    /** A page that was opened in the background by a program is not looked at. */
    saveClicked() {
        const { face } = this.el.dataset;
        if (face && document.visibilityState === "visible") {
            delete this.el.dataset.face;
            // Who comes back to the page, or loads it again, shall find what he said last, not click the mail's face again.
            if (window.location.search) {
                history.replaceState(history.state, "", window.location.pathname);
            }
            this.save(face);
        }
    }

    async save(face) {
        let state = "failed";
        try {
            const answer = await this.waitFor(rpc(this.el.dataset.faceUrl, { face }, { silent: true }));
            state = answer.saved ? "saved" : "failed";
        } catch {
            // No connection: told below the faces.
        }
        for (const words of this.el.querySelectorAll(".o_ticketing_saved [data-state]")) {
            words.classList.toggle("d-none", words.dataset.state !== state);
        }
    }
}

registry.category("public.interactions").add("helpdesk_ticketing.feedback_form", FeedbackForm);
