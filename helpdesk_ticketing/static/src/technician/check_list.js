import { Component, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";

/** A number or a text to be written down; what is being typed is not overwritten by what comes in. */
export class CheckField extends Component {
    static template = "helpdesk_ticketing.CheckField";
    static props = { item: Object, isReadonly: Boolean, fill: Function };

    setup() {
        this.state = useState({ value: this.props.item.value || "" });
        onWillUpdateProps(({ item }) => {
            if (this.state.value.trim() === (this.props.item.value || "")) {
                this.state.value = item.value || "";
            }
        });
    }

    save() {
        const value = this.state.value.trim();
        if (value !== (this.props.item.value || "")) {
            this.props.fill(value);
        }
    }
}

/** What is to be looked at on site: ticks, numbers and texts. */
export class CheckList extends Component {
    static template = "helpdesk_ticketing.CheckList";
    static components = { CheckField };
    static props = { items: Array, isReadonly: Boolean, check: Function };

    get progress() {
        const { items } = this.props;
        return _t("%(done)s of %(all)s", { done: items.filter(({ done }) => done).length, all: items.length });
    }

    toggle({ id, name, done, value }) {
        return this.props.check({ item_id: id, done: !done, value: value || false }, { name });
    }

    /** A number or a text is done when it is there. */
    fill({ id, name }, value) {
        return this.props.check({ item_id: id, done: Boolean(value), value: value || false }, { name });
    }
}
