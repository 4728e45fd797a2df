/* global SignaturePad */

import { Component, onMounted, onWillStart, useExternalListener, useRef, useState } from "@odoo/owl";
import { loadJS } from "@web/core/assets";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError, rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { redirect } from "@web/core/utils/urls";

/**
 * Signs a delivery note: name and a drawn signature, on a pad that is high enough for a finger.
 *
 * Core's signature form offers typed names and uploaded pictures too, takes the focus (and so scrolls past what is to
 * be read), and can't be sent again after an error. Here what the server refuses, or a lost connection, is told below
 * the pad; the drawing stays, so that nobody has to sign twice.
 */
export class TicketingSignatureForm extends Component {
    static template = "helpdesk_ticketing.SignatureForm";
    static props = {
        callUrl: String,
        defaultName: { type: String, optional: true },
        label: { type: String, optional: true },
    };

    setup() {
        this.canvasRef = useRef("canvas");
        this.state = useState({ name: this.props.defaultName || "", empty: true, error: "", sending: false });
        onWillStart(() => loadJS("/web/static/lib/signature_pad/signature_pad.umd.js"));
        onMounted(() => {
            this.pad = new SignaturePad(this.canvasRef.el, { penColor: "#102a6b", minWidth: 1, maxWidth: 3 });
            this.pad.addEventListener("endStroke", () => {
                this.state.empty = this.pad.isEmpty();
                this.state.error = "";
            });
            this.fit();
        });
        useExternalListener(window, "resize", () => this.fit());
    }

    /** Give the canvas as many points as it has on the page; a turned phone keeps what was drawn. */
    fit() {
        const canvas = this.canvasRef.el;
        if (canvas.width === canvas.clientWidth && canvas.height === canvas.clientHeight) {
            return;
        }
        const strokes = this.pad.toData();
        canvas.width = canvas.clientWidth;
        canvas.height = canvas.clientHeight;
        this.pad.fromData(strokes);
    }

    onClickClear() {
        this.pad.clear();
        this.state.empty = true;
    }

    get missing() {
        if (!this.state.name.trim()) {
            return _t("Write the name of the person who signs.");
        }
        return this.state.empty ? _t("The signature is missing: sign in the box.") : "";
    }

    async onClickSubmit() {
        if (this.state.sending) {
            return;
        }
        this.state.error = this.missing;
        if (this.state.error) {
            return;
        }
        this.state.sending = true;
        const answer = await this.send();
        if (answer.redirect_url) {
            redirect(answer.redirect_url); // the button stays as it is until the next page is there
            return;
        }
        this.state.sending = false;
        this.state.error = answer.error;
    }

    /** @returns {Promise<{redirect_url?: string, error?: string}>} */
    async send() {
        const signature = this.pad.toDataURL("image/png").split(",")[1];
        try {
            return await rpc(this.props.callUrl, { name: this.state.name.trim(), signature });
        } catch (error) {
            if (error instanceof ConnectionLostError) {
                return { error: _t("No connection: your signature was not sent. Try again.") };
            }
            if (error instanceof RPCError) {
                return { error: _t("Something went wrong, nothing was signed. Reload the page and try again.") };
            }
            throw error;
        }
    }
}

registry.category("public_components").add("helpdesk_ticketing.signature_form", TicketingSignatureForm);
