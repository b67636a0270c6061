"""What Aurora Audio sells, what buyers wrote about it, and the taxes of the countries it sells to."""

from __future__ import annotations

from .goods import Product, Review, Variation
from .order import Tax

TURNTABLE, DIRECT_DRIVE, MM_CARTRIDGE, MC_CARTRIDGE, PHONO, AMP_60, AMP_120, BOOKSHELF, FLOORSTANDER = range(11, 20)
OPEN_BACK, CLOSED_BACK, HEADPHONE_AMP, BRUSH, STYLUS_CARE, SLEEVES, CABLE, LP_NIGHT, LP_TIDE, LP_HALL = range(20, 30)
MAT, GIFT_CARD, TUBE_AMP = 30, 31, 32
CABLE_2M, CABLE_3M, CABLE_5M = 41, 42, 43


def products() -> dict[int, Product]:
    """The catalogue, by id. One thing is sold out, one has negative stock, one is virtual, one comes in lengths."""
    rows = [
        Product(TURNTABLE, "Aurora One turntable", "AA-101", 449_00, "Turntables", "turntable.png",
                "Belt-driven, with a walnut plinth and a lid that stays where you leave it.", 12,
                cross_sells=[MM_CARTRIDGE, BRUSH], upsells=[DIRECT_DRIVE]),
        Product(DIRECT_DRIVE, "Aurora Two direct drive", "AA-102", 899_00, "Turntables", "direct-drive.png",
                "Direct drive, two speeds that hold, a damped arm.", 5, cross_sells=[MC_CARTRIDGE, MAT]),
        Product(MM_CARTRIDGE, "Lark MM cartridge", "AA-201", 129_00, "Cartridges", "cartridge.png",
                "Moving magnet with an elliptical stylus you can change yourself.", 31, cross_sells=[STYLUS_CARE]),
        Product(MC_CARTRIDGE, "Wren MC cartridge", "AA-202", 549_00, "Cartridges", "cartridge.png",
                "Moving coil, low output, wants a good phono stage.", 4, cross_sells=[PHONO]),
        Product(PHONO, "Fjord phono stage", "AA-210", 199_00, "Amplifiers", "phono-stage.png",
                "Quiet, for moving magnet and moving coil.", 18),
        Product(AMP_60, "Borealis 60 amplifier", "AA-301", 649_00, "Amplifiers", "amplifier.png",
                "Sixty watts a side and one large knob.", 9, cross_sells=[CABLE]),
        Product(AMP_120, "Borealis 120 amplifier", "AA-302", 1249_00, "Amplifiers", "amplifier.png",
                "For rooms and speakers that ask for more.", 3, cross_sells=[CABLE, FLOORSTANDER]),
        Product(BOOKSHELF, "Tern bookshelf speakers (pair)", "AA-401", 399_00, "Speakers", "speakers.png",
                "Small, honest, happiest on stands.", 14, cross_sells=[CABLE], upsells=[FLOORSTANDER]),
        Product(FLOORSTANDER, "Heron floorstanding speakers (pair)", "AA-402", 1899_00, "Speakers", "floorstanders.png",
                "Three ways, deep and calm.", 2, cross_sells=[CABLE]),
        Product(OPEN_BACK, "Drift open-back headphones", "AA-501", 329_00, "Headphones", "headphones.png",
                "Wide and light, for quiet rooms.", 22, cross_sells=[HEADPHONE_AMP]),
        Product(CLOSED_BACK, "Drift closed-back headphones", "AA-502", 249_00, "Headphones", "headphones.png",
                "For rooms that are not quiet.", 0),
        Product(HEADPHONE_AMP, "Eddy headphone amplifier", "AA-510", 279_00, "Headphones", "headphone-amp.png",
                "One input, one output, no menu.", 11),
        Product(BRUSH, "Carbon record brush", "AA-601", 19_00, "Care", "brush.png", "Takes the dust with it.", 140),
        Product(STYLUS_CARE, "Stylus care set", "AA-602", 24_00, "Care", "stylus-care.png",
                "Fluid and brush for the needle.", -2),
        Product(SLEEVES, "12″ inner sleeves (50)", "AA-603", 29_00, "Care", "sleeves.png", "Anti-static, rounded.", 85),
        Product(CABLE, "Strand speaker cable", "AA-701", 39_00, "Cables", "cable.png", "Copper, with banana plugs.",
                option_name="Length", options=[
                    Variation(CABLE_2M, "2 m", 39_00, 30), Variation(CABLE_3M, "3 m", 54_00, 26),
                    Variation(CABLE_5M, "5 m", 79_00, 0)]),
        Product(LP_NIGHT, "Salt Hours – Night Ferry (LP)", "AA-801", 27_00, "Records", "record-red.png",
                "Pressed on 180 g.", 40),
        Product(LP_TIDE, "Quiet Machines – Low Tide (2 LP)", "AA-802", 36_00, "Records", "record-teal.png",
                "Two records, four sides.", 33),
        Product(LP_HALL, "The Paper Hall – Live at “Nine” (LP)", "AA-803", 31_00, "Records", "record-gold.png",
                "Recorded in one evening.", 25),
        Product(MAT, "Cork & rubber platter mat", "AA-604", 35_00, "Care", "mat.png", "Three millimetres of calm.", 47),
        Product(GIFT_CARD, "Gift card 100", "AA-900", 100_00, "Gift cards", "gift-card.png", "Arrives by e-mail.",
                virtual=True),
        Product(TUBE_AMP, "Ember tube amplifier", "AA-303", 2290_00, "Amplifiers", "amplifier.png",
                "Eight warm watts.", 1, cross_sells=[BOOKSHELF]),
    ]
    return {row.id: row for row in rows}


def reviews(at: int) -> list[Review]:
    """What buyers wrote, the newest `at`."""
    day = 86_400
    rows = [(TURNTABLE, "Ines", 5, "Set up in twenty minutes, silent ever since."),
            (TURNTABLE, "Rob", 4, "The lid hinges are stiff. The rest is lovely."),
            (AMP_60, "Thandi", 5, "Warm, simple, enough for my flat."),
            (OPEN_BACK, "Marek", 5, "I hear the chairs creak."),
            (BOOKSHELF, "Jo", 3, "Good, but they do need stands."),
            (BRUSH, "Ana", 5, "Does what a brush should."),
            (CLOSED_BACK, "Lucía", 2, "Too tight for my head.")]
    return [Review(place + 1, product, at - (len(rows) - place) * 6 * day, who, f"reader{place}@example.com", text,
                   stars)
            for place, (product, who, stars, text) in enumerate(rows)]


def taxes() -> dict[str, Tax]:
    """Tax rates by country, or by country and state."""
    return {
        "US:VT": Tax(1, "US-VT-VT SALES TAX-1", "VT Sales Tax", 6, False),
        "GB": Tax(2, "GB-VAT-1", "VAT", 20, True),
        "DE": Tax(3, "DE-MWST-1", "MwSt", 19, True),
        "FR": Tax(4, "FR-TVA-1", "TVA", 20, True),
        "AU": Tax(5, "AU-GST-1", "GST", 10, True),
        "NZ": Tax(6, "NZ-GST-1", "GST", 15, True),
    }
