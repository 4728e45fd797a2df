import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const PAUSE = 150; // ms without a keystroke
const LEAST = 3; // characters

/**
 * Articles that answer what is being typed, in a panel under the field.
 *
 * They are links: the arrow keys go from the field to them and through them, Escape leads back, and how many there are is
 * told to screen readers. With a form for it (data-solved_form), each has a button "This solved it".
 */
export class Suggest extends Interaction {
    static selector = "input.o_ticketing_suggest";
    dynamicContent = {
        _root: {
            "t-on-input": this.debounced(this.suggest, PAUSE),
            "t-on-focus": this.suggest,
            "t-on-keydown": this.onFieldKey,
        },
        _window: { "t-on-pointerdown": this.onPointer },
    };

    setup() {
        this.field = this.el.closest(".o_ticketing_suggest_field");
        this.panel = this.field.querySelector(".o_ticketing_suggestions");
        this.status = this.field.querySelector(".o_ticketing_suggestions_status");
        this.texts = this.panel.dataset;
        this.asked = "";
    }

    start() {
        this.addListener(this.panel, "keydown", this.onPanelKey);
        this.addListener(this.field, "focusout", this.onLeave);
    }

    destroy() {
        this.running?.abort();
    }

    get links() {
        return [...this.panel.querySelectorAll("a")];
    }

    async suggest() {
        const text = this.el.value.trim();
        if (text === this.asked) {
            this.show(this.panel.childElementCount > 0);
            return;
        }
        this.asked = text;
        this.running?.abort(); // what was asked before is of no use any more
        if (text.length < LEAST) {
            this.render([]);
            return;
        }
        this.running = new AbortController();
        const articles = await this.waitFor(this.fetchArticles(text, this.running.signal));
        if (articles && text === this.asked) {
            this.protectSyncAfterAsync(() => this.render(articles))();
        }
    }

    /** Return the articles; undefined where a later question came, or the network is gone: nobody waits for help. */
    async fetchArticles(text, signal) {
        const address = `${this.el.dataset.route}?${new URLSearchParams({ text })}`;
        try {
            const response = await fetch(address, { signal });
            return response.ok ? (await response.json()).articles : undefined;
        } catch {
            return undefined;
        }
    }

    render(articles) {
        this.panel.replaceChildren(...articles.map((article) => this.makeRow(article)));
        this.status.textContent = articles.length ? `${this.texts.found}: ${articles.length}` : "";
        this.show(articles.length > 0);
    }

    makeRow(article) {
        const row = document.createElement("div");
        row.className = "o_ticketing_suggestion";
        const link = document.createElement("a");
        link.href = article.url;
        const title = document.createElement("span");
        title.className = "o_ticketing_suggestion_title";
        title.textContent = article.title;
        const excerpt = document.createElement("span");
        excerpt.className = "o_ticketing_suggestion_excerpt";
        excerpt.textContent = article.excerpt || "";
        link.append(title, excerpt);
        row.append(link);
        if (this.texts.solved_form) {
            link.target = "_blank"; // what was written so far stays
            row.append(this.makeSolvedButton(article));
        }
        return row;
    }

    makeSolvedButton(article) {
        const form = document.getElementById(this.texts.solved_form);
        const button = document.createElement("button");
        button.type = "submit";
        button.className = "btn btn-sm btn-outline-success";
        button.textContent = this.texts.solved;
        button.setAttribute("form", form.id);
        button.setAttribute("formaction", `/my/help/${article.id}/solved`);
        button.addEventListener("click", () => {
            form.elements.subject.value = this.el.value.slice(0, 200);
            // Whoever keeps a draft of the form drops it.
            this.el.form.dispatchEvent(new CustomEvent("ticketing-solved", { bubbles: true }));
        });
        return button;
    }

    show(visible) {
        this.panel.classList.toggle("d-none", !visible);
    }

    onFieldKey(ev) {
        if (ev.key === "ArrowDown" && !this.panel.classList.contains("d-none")) {
            ev.preventDefault();
            this.links[0]?.focus();
        } else if (ev.key === "Escape") {
            this.show(false);
        }
    }

    onPanelKey(ev) {
        const place = this.links.indexOf(document.activeElement.closest(".o_ticketing_suggestion")?.querySelector("a"));
        if (ev.key === "Escape" || (ev.key === "ArrowUp" && place === 0)) {
            ev.preventDefault();
            this.el.focus();
            this.show(ev.key !== "Escape");
        } else if (ev.key === "ArrowDown" || ev.key === "ArrowUp") {
            ev.preventDefault();
            this.links[place + (ev.key === "ArrowDown" ? 1 : -1)]?.focus();
        }
    }

    onLeave(ev) {
        if (ev.relatedTarget && !this.field.contains(ev.relatedTarget)) {
            this.show(false);
        }
    }

    onPointer(ev) {
        if (!this.field.contains(ev.target)) {
            this.show(false);
        }
    }
}

registry.category("public.interactions").add("helpdesk_ticketing.suggest", Suggest);
