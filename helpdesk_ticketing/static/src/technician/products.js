/** Letters as they are compared: small, and without accents. */
function plain(text) {
    return (text || "")
        .normalize("NFD")
        .replace(/\p{Diacritic}/gu, "")
        .toLowerCase();
}

/** The products in which each word of a term is found: name, code, barcode or serial number. */
export function searchProducts(products, term) {
    const words = plain(term).split(/\s+/).filter(Boolean);
    return products.filter((product) => {
        const lots = product.lots.map((lot) => lot.name);
        const text = plain([product.name, product.code, product.barcode, ...lots].join(" "));
        return words.every((word) => text.includes(word));
    });
}

/** A code by its bars: those of 12 digits (UPC-A) are read by some telephones as 13 (EAN-13) that begin with a zero. */
export function toBars(code) {
    return /^0\d{12}$/.test(code) ? code.slice(1) : code;
}

/** What a scanned code means: a product, or one of its serial numbers. */
export function findByCode(products, code) {
    const product = products.find((each) => toBars(code) === toBars(each.barcode) || code === each.code);
    if (product) {
        return { product };
    }
    for (const each of products) {
        const lot = each.lots.find(({ name }) => name === code);
        if (lot) {
            return { product: each, lot };
        }
    }
    return null;
}
