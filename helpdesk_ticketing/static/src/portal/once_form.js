import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** A form that is sent once, however often its button is clicked. The server would notice too. */
export class OnceForm extends Interaction {
    static selector = "form.o_ticketing_once";
    dynamicContent = {
        _root: { "t-on-submit": this.onSubmit },
        // The browser's "back" shows the page as it was left: the form may be sent again.
        _window: { "t-on-pageshow": this.allow },
    };

    setup() {
        this.sent = false;
    }

    get buttons() {
        return this.el.querySelectorAll("button[type='submit']");
    }

    onSubmit(ev) {
        if (this.sent) {
            ev.preventDefault();
            return;
        }
        this.sent = true;
        this.buttons.forEach((button) => button.classList.add("disabled"));
    }

    allow() {
        this.sent = false;
        this.buttons.forEach((button) => button.classList.remove("disabled"));
    }
}

/** Shows which files were chosen: the inputs themselves are hidden behind buttons. */
export class ChosenFiles extends Interaction {
    static selector = ".o_ticketing_form";
    dynamicContent = {
        ".o_ticketing_files": { "t-on-change": this.showNames },
    };

    showNames() {
        const files = [...this.el.querySelectorAll(".o_ticketing_files")].flatMap((input) => [...input.files]);
        const rows = files.map((file) => {
            const row = document.createElement("li");
            row.textContent = `${file.name} (${Math.ceil(file.size / 1024)} kB)`;
            return row;
        });
        this.el.querySelector(".o_ticketing_file_names").replaceChildren(...rows);
    }
}

registry.category("public.interactions").add("helpdesk_ticketing.once_form", OnceForm);
registry.category("public.interactions").add("helpdesk_ticketing.chosen_files", ChosenFiles);
