import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const STATES = { draft: _t("Draft"), internal: _t("Internal"), published: _t("Published") };

/** Articles that may answer the ticket, asked for when their page of the form is opened: the form itself costs no more. */
export class TicketArticles extends Component {
    static template = "helpdesk_ticketing.TicketArticles";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ articles: [], search: "", asked: false });
        onWillStart(() => this.load(this.props.record.resId));
        onWillUpdateProps((next) => {
            if (next.record.resId !== this.props.record.resId) {
                this.state.search = "";
                return this.load(next.record.resId);
            }
        });
    }

    getState(article) {
        return STATES[article.state];
    }

    async load(ticketId) {
        this.state.articles = ticketId
            ? await this.orm.call("ticketing.ticket", "get_article_suggestions", [[ticketId], this.state.search])
            : [];
        this.state.asked = Boolean(ticketId);
    }

    search() {
        return this.load(this.props.record.resId);
    }

    onKeydown(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            this.search();
        }
    }

    /** Open the reply; what is not saved of the ticket is saved first. */
    async reply(article, asText) {
        const { record } = this.props;
        if (!(await record.save())) {
            return;
        }
        const action = await this.orm.call("ticketing.ticket", "reply_with_article", [
            [record.resId],
            article.id,
            asText,
        ]);
        this.action.doAction(action, { onClose: () => Promise.all([record.load(), this.search()]) });
    }

    open(article) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "ticketing.article",
            res_id: article.id,
            views: [[false, "form"]],
            target: "new",
        });
    }
}

registry.category("view_widgets").add("ticketing_articles", { component: TicketArticles });
