import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** Which time counted for a promise and which did not, and why: the rows are the server's. */
export class SlaExplain extends Component {
    static template = "helpdesk_ticketing.SlaExplain";
    static props = { ...standardActionServiceProps };

    get explanation() {
        return this.props.action.params;
    }
}

registry.category("actions").add("ticketing_sla_explain", SlaExplain);
