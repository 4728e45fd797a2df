import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const DAYS = 14;

/** Shows the questions of the type that is chosen: those of other types are neither seen, nor required, nor sent. */
export class TypeFields extends Interaction {
    static selector = ".o_ticketing_form";
    dynamicContent = {
        "select[name='type_id']": { "t-on-change": this.show },
        _window: { "t-on-pageshow": this.show },
    };

    show() {
        const type = this.el.querySelector("select[name='type_id']");
        for (const fields of this.el.querySelectorAll(".o_ticketing_fields")) {
            const shown = Boolean(type) && fields.dataset.typeId === type.value;
            fields.disabled = !shown;
            fields.classList.toggle("d-none", !shown);
        }
    }
}

/** @returns {Object|null} what was written and not sent; null if there is nothing, or nothing that can be read */
function readDraft(key) {
    try {
        const draft = JSON.parse(browser.localStorage.getItem(key));
        return draft && draft.texts && Date.now() - draft.time < DAYS * 86400e3 ? draft : null;
    } catch {
        return null;
    }
}

/**
 * Keeps what is being written on the device, per user: a lost connection, an ended session or a closed page lose nothing.
 * Files are not kept: a page can't give them back.
 */
export class FormDraft extends Interaction {
    static selector = ".o_ticketing_drafted";
    dynamicContent = {
        _root: {
            "t-on-input": this.debounced(this.save, 300),
            "t-on-change": this.save,
            // an article has solved it: there is nothing left to send
            "t-on-ticketing-solved": this.forget,
        },
    };

    setup() {
        this.key = this.el.dataset.draftKey;
        this.offer = this.el.parentElement.querySelector(".o_ticketing_draft");
    }

    start() {
        const draft = readDraft(this.key);
        // what the server sends back with a mistake is newer than what is kept
        if (!draft || this.inputs.some((input) => input.type !== "select-one" && input.value)) {
            return;
        }
        this.offer.querySelector(".o_ticketing_draft_subject").textContent =
            draft.texts.subject || draft.texts.description || "…";
        this.offer.classList.remove("d-none");
        this.addListener(this.offer.querySelector(".o_ticketing_draft_restore"), "click", () => this.restore(draft));
        this.addListener(this.offer.querySelector(".o_ticketing_draft_discard"), "click", () => this.discard());
    }

    get inputs() {
        const named = [...this.el.querySelectorAll("input[name], textarea[name], select[name]")];
        return named.filter((input) => !["hidden", "file"].includes(input.type));
    }

    save() {
        const written = this.inputs.filter((input) => input.value);
        if (this.solved || !written.some((input) => input.type !== "select-one")) {
            return;
        }
        const texts = Object.fromEntries(written.map((input) => [input.name, input.value]));
        try {
            browser.localStorage.setItem(this.key, JSON.stringify({ time: Date.now(), texts }));
        } catch {
            // the device is full, or keeps nothing: the form works all the same
        }
    }

    restore(draft) {
        for (const input of this.inputs) {
            if (Object.hasOwn(draft.texts, input.name)) {
                input.value = draft.texts[input.name];
            }
        }
        this.offer.classList.add("d-none");
        this.el.querySelector("select[name='type_id']")?.dispatchEvent(new Event("change", { bubbles: true }));
        this.el.querySelector("input[name='subject']").focus();
    }

    forget() {
        this.solved = true;
        browser.localStorage.removeItem(this.key);
    }

    discard() {
        browser.localStorage.removeItem(this.key);
        this.offer.classList.add("d-none");
        this.el.querySelector("input[name='subject']").focus();
    }
}

/** What was sent is no draft any more. */
export class SentForm extends Interaction {
    static selector = ".o_ticketing_sent";

    start() {
        browser.localStorage.removeItem(this.el.dataset.draftKey);
    }
}

registry.category("public.interactions").add("helpdesk_ticketing.type_fields", TypeFields);
registry.category("public.interactions").add("helpdesk_ticketing.form_draft", FormDraft);
registry.category("public.interactions").add("helpdesk_ticketing.sent_form", SentForm);
