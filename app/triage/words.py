"""The words that triage listens for, in English, German, French, Spanish, Portuguese and Italian.

Entries stand between commas. A star at the end lets any ending follow: "refund*" is also
"refunded". Accents may be left out by the writer and are folded on both sides,
except for the dots of German, which make other words.
"""

from __future__ import annotations

CATEGORIES: dict[str, str] = {
    "anger": """
        unacceptable, disgrace*, outrag*, furious, pathetic, a joke, fed up, fuming, livid,
        scam*, rip off, ripoff, rip-off, liar*, thieves, idiot*, useless, clueless, incompeten*, wtf,
        bullshit, bs, damn, crap, shame on you, how dare, second time this, third time this, never
        coming back, not coming back, never again, sick of, had enough, still waiting, ignored, ignoring
        me, appalling, shambles, absolute joke, unverschämt*, frechheit, saftladen, inakzeptabel,
        unmöglich, wütend, sauer, verarsch*, betrug, betrüger*, abzocke, idioten, scheiß*, scheiss*, nie
        wieder, zum kotzen, es reicht, lächerlich, zum zweiten mal, sauladen, inadmissible,
        inacceptable, scandal*, honteu*, une honte, arnaqu*, foutage de gueule, furieu*, en colère, ras
        le bol, merde, plus jamais, deuxième fois, voleurs, ridicule, n'importe quoi, marre,
        inaceptable, vergüenza, verguenza, estafa*, ladrones, indignante, indignad*, furios*, ridículo,
        mierda, harto, harta, nunca más, segunda vez que, sinvergüenza*, una burla, cabread*,
        inaceitável, vergonha, palhaçada, absurdo, ladrões, golpe, indignad*, raiva, nunca mais, merda,
        descaso, falta de respeito, segunda vez que, uma piada, desrespeito, inaccettabile, vergogn*,
        truffa*, ladri, schifo, arrabbiat*, furioso, ridicol*, mai più, seconda volta che, incompetenti,
        basta, una presa in giro, indecente
    """,
    "negative": """
        ridiculous, nobody at, nobody knows, still says, still says preparing, checkout broken, checkout is broken,
        site is down, website is down, website down, can't pay, cannot pay, payment fails, payment failed, roh, schade,
        piece of plastic, piece of glass, glass in, metal in, plastic in, food poisoning, poisoned, got sick, was sick,
        bad, worst, awful, terrible, horrible, disappoint*, rude, unfriendly, stale, stone cold, was
        cold, ice cold, gone cold, cold coffee, burnt, burned, soggy, raw, overpriced, wrong, missing,
        broken, dirty, slow, disgusting, gross, inedible, mouldy, moldy, mold, mould, complain*,
        complaint, annoying, frustrat*, sadly, unfortunately, waste of, waited, been waiting,
        overcharged, charged twice, poor service, nobody answers, no answer, never arrived, forgot, let
        down, dry as, hate, worse, ruined, rock hard, not good, one star, doesn't work, does not work,
        don't bother, avoid, mistake, unhappy, schlecht*, schlimm*, furchtbar*, schrecklich*,
        enttäusch*, unfreundlich*, trocken, verbrannt, kalt, kaputt, falsch*, fehlt, fehlte, dreckig,
        langsam, ekelhaft*, ekelig, eklig*, schimmel*, beschwer*, leider, gewartet, zu teuer,
        überteuert, steinhart, ungenießbar, vergessen, ärger*, mies*, nicht gut, nicht mehr gut,
        mauvais*, pire, horrible, affreu*, décevant*, déçu*, déception, impoli*, désagréable*, rassis*,
        froid*, brûlé*, trop cher, manque, manquait, dégoûtant*, dégueulasse, immangeable*, moisi*,
        plainte, hélas, malheureusement, attendu, oublié*, erreur, dommage, nul, nulle, malo, mala,
        malísim*, pésim*, peor, horrible, decepci*, decepcion*, antipátic*, maleducad*, quemad*, fría,
        frío, carísimo, demasiado caro, falta, faltaba, sucio, sucia, lento, lenta, asco, asqueros*,
        incomible, moho, queja, lamentablemente, desgraciadamente, esperando, olvidaron, roto,
        equivocad*, fatal, ruim, péssim*, pior, horrível, decepcion*, grosseir*, queimad*, frio, fria,
        caro demais, faltou, faltando, sujo, suja, demorad*, nojo, nojent*, mofo, bolor, reclama*,
        infelizmente, esperei, esqueceram, quebrad*, errad*, cattiv*, pessim*, peggio*, orribil*,
        delus*, deludent*, maleducat*, scortes*, bruciat*, freddo, fredda, troppo caro, manca, mancava,
        sporc*, lento, lenta, lente, schifoso, immangiabil*, muffa, lamentel*, purtroppo, aspettato,
        dimenticat*, sbagliat*, rotto, duro come
    """,
    "praise": """
        love, loved, lovely, amazing, awesome, excellent, fantastic, wonderful, delicious, best, great,
        perfect, brilliant, tasty, yum*, heaven*, superb, incredible, beautiful, friendly, happy,
        obsessed, recommend*, worth it, made my, so good, really good, so kind, very kind, impressed,
        favourite, favorite, outstanding, top notch, 10/10, chef's kiss, legend*, good, nice, gorgeous,
        glad, delightful, ich liebe, wir lieben, verliebt, lecker*, super, toll*, klasse, großartig*,
        wunderbar*, hervorragend*, köstlich*, perfekt*, beste*, empfehl*, freundlich*, genial*, spitze,
        gut, sehr gut, begeistert, traumhaft*, schön*, mega, weltklasse, lieblings*, hammer, adore,
        génial*, délicieu*, excellent*, parfait*, superbe*, magnifique*, meilleur*, recommande, bravo,
        sympa*, formidable*, incroyable*, un régal, régal*, bon, bonne, top, merveilleu*, coup de coeur,
        encanta*, delicios*, excelent*, perfect*, mejor*, recomiend*, maravillos*, increíble*,
        riquísim*, rico, rica, buenísim*, amable*, genial, felicidades, espectacular*, bueno, buena,
        enhorabuena, adoro, adorei, amei, delícia, delicios*, perfeit*, melhor*, recomendo, maravilhos*,
        incrível, ótim*, gostos*, parabéns, simpátic*, bom, boa, sensacional, nota 10, adoro,
        buonissim*, delizios*, ottim*, perfett*, miglior*, consiglio, consigliat*, meraviglios*,
        fantastic*, squisit*, bravi, bravissim*, gentil*, complimenti, buono, buona, favolos*
    """,
    "thanks": """
        thank you, thanks, thx, ty, cheers, danke, dankeschön, vielen dank, merci, gracias, obrigad*,
        grazie
    """,
    "refund": """
        refund*, money back, chargeback, charged twice, overcharged, double charged, reimburse*,
        compensat*, rückerstatt*, erstatt*, geld zurück, rückzahl*, doppelt abgebucht, doppelt bezahlt,
        gutschrift, rembours*, débité deux fois, dédommag*, mon argent, reembols*, devolución, devuelv*,
        devolver el dinero, mi dinero, cobrado dos veces, cobraron dos veces, reembols*, estorno,
        dinheiro de volta, meu dinheiro, cobrado duas vezes, cobraram duas vezes, ressarci*, rimbors*,
        indietro i soldi, i miei soldi, soldi indietro, addebitato due volte
    """,
    "order": """
        my order, our order, order number, order no, order #, online order, ordered, pre-order*,
        preorder*, my cake, my delivery, delivery, deliver*, not arrived, hasn't arrived, never arrived,
        still says preparing, tracking, pickup, pick up, wrong order, my parcel, my package,
        bestellung*, bestellt*, lieferung*, geliefert, bestellnummer, vorbestell*, abhol*, nicht
        angekommen, paket, commande, commandes, commandé*, livraison*, livré*, colis, pas arrivé*, pas
        reçu, retirer, pedido, pedidos, encargo, encargué, encargado, entrega, entregad*, no ha llegado,
        no llegó, recoger, paquete, encomenda*, encomendei, entregue*, não chegou, retirar, pedi um,
        pedi uma, ordine, ordini, ordinat*, consegna*, consegnat*, non è arrivat*, pacco, prenotat*,
        ritirar*, ritiro
    """,
    "safety": """
        allerg*, anaphyla*, epipen, epi-pen, coeliac, celiac, food poisoning, poisoned, got sick, was
        sick, been sick, ill after, throwing up, vomit*, hospital, ambulance, choke*, choking, glass in,
        piece of glass, metal in, piece of metal, piece of plastic, plastic in, mould, mold, mouldy, moldy, nut free,
        contains nuts, contain nuts, traces of, broke a tooth, chipped a tooth, cockroach*, rat, mouse,
        mice, maggot*, injur*, allergi*, zöliakie, lebensmittelvergift*, erbroch*, übergeben,
        krankenhaus, notarzt, glassplitter, splitter, metall, schimmel*, spuren von, zahn abgebrochen,
        kakerlake*, verletzt, coeliaque, cœliaque, intoxication, vomi*, hôpital, ambulance, morceau de
        verre, bout de verre, moisi*, traces de, cafard*, dent cassée, blessé, blessée, malade*,
        alergi*, alérgic*, celíac*, celiac*, intoxicación, intoxicad*, vomit*, hospital, cristal en,
        vidrio, moho, trazas de, cucaracha*, diente roto, alérgic*, celíac*, intoxicação, vomitei,
        vidro, mofo, bolor, traços de, barata no, dente quebrado, celiac*, intossicazione, vomitat*,
        ospedale, vetro, muffa, tracce di, scarafaggi*, dente rotto
    """,
    "outage": """
        outage*, site is down, website is down, website down, app is down, system is down, checkout is broken,
        checkout broken, can't pay, cannot pay, payment fails, payment failed, no power, power is out, no internet,
        internet is down, can't log in, cannot log in, störung, ausfall, webseite geht nicht, website geht nicht, seite
        geht nicht, kann nicht bezahlen, kein internet, en panne, site en panne, impossible de payer, coupure, web
        caída, no puedo pagar, la web no funciona, sin servicio, sin internet, site fora do ar, não consigo pagar, sem
        internet, sem luz, sito non funziona, non riesco a pagare, guasto, senza internet
    """,
    "legal": """
        lawyer*, attorney, solicitor, sue, suing, legal action, to court, in court, trading standards,
        health inspector*, health department, consumer protection, ombudsman, gdpr, police, report you,
        reporting you, anwalt*, rechtsanwalt*, vor gericht, klage, verklag*, anzeige erstatten,
        verbraucherzentrale, verbraucherschutz, gesundheitsamt, dsgvo, polizei, avocat*, tribunal,
        porter plainte, poursuiv*, répression des fraudes, dgccrf, rgpd, police, abogad*, denuncia*,
        demanda, demandar*, hoja de reclamaciones, hojas de reclamaciones, ocu, policía, advogad*,
        processar, processo, procon, livro de reclamações, tribunal, polícia, denúncia, avvocat*,
        denuncia*, querela, tribunale, codacons, polizia, vie legali
    """,
    "urgent": """
        urgent*, asap, immediately, right now, straight away, now, today, tonight, this morning, this
        afternoon, in an hour, within the hour, in 10 minutes, in ten minutes, in 20 minutes, in 30
        minutes, in half an hour, starts in, before i drive, site is down, website is down, website
        down, checkout is broken, checkout broken, can't pay, cannot pay, payment fails, payment failed,
        hurry, dringend*, sofort, jetzt, heute, gleich, eilig, eilt, in einer stunde, heute abend,
        webseite geht nicht, website geht nicht, seite geht nicht, kann nicht bezahlen, so schnell wie
        möglich, urgent*, immédiatement, tout de suite, maintenant, aujourd'hui, ce soir, ce matin, cet
        après-midi, vite, dans une heure, site en panne, ne marche pas, impossible de payer, au plus
        vite, urgente*, inmediatamente, ahora, hoy, esta noche, esta tarde, cuanto antes, ya mismo, en
        una hora, web caída, no puedo pagar, la web no funciona, agora, hoje, imediatamente, já já, em
        uma hora, numa hora, o quanto antes, esta noite, site fora do ar, não consigo pagar, subito,
        adesso, oggi, stasera, immediatamente, tra un'ora, fra un'ora, il prima possibile, sito non
        funziona, non riesco a pagare
    """,
    "question": """
        do you have, do you sell, do you do, do you ship, do you deliver, do you take, are you open, are
        you hiring, is it possible to, can i order, can you tell me, could you tell me, can someone tell
        me, what time do, when do you, how much is, how much are, how do i, does anyone know, anyone
        know if, wondering if, where can i, habt ihr, haben sie, gibt es bei, gibt es noch, wann macht,
        wann habt, kann man, könnt ihr, was kostet, wie lange habt, liefert ihr, weiß jemand, wo finde
        ich, avez-vous, avez vous, est-ce que, est ce que, à quelle heure, peut-on, pouvez-vous,
        pourriez-vous, combien coûte, quels sont vos, savez-vous, faites-vous, où est-ce, tienen,
        tenéis, teneis, a qué hora, cuánto cuesta, cuánto vale, se puede, podrían, hacéis, alguien sabe,
        dónde puedo, quisiera saber, vocês têm, vocês fazem, vocês entregam, a que horas, quanto custa,
        é possível, alguém sabe, gostaria de saber, onde posso, dá para, avete, fate anche, a che ora,
        quanto costa, si può, è possibile, potreste, qualcuno sa, vorrei sapere, dove posso
    """,
    "negator": """
        not, no, never, don't, dont, doesn't, didn't, isn't, wasn't, weren't, won't, can't, cannot,
        without, hardly, nothing, nobody, nicht, kein, keine, keinen, keiner, nie, niemals, ohne, kaum,
        weder, pas, jamais, sans, aucun, aucune, guère, nunca, jamás, sin, ni, nada, não, nao, nem, sem,
        jamais, non, mai, senza, né, nessun, nessuna, niente, less than, far from, anything but, used to
        be, war mal
    """,
}

POSITIVE_SIGNS = "❤😍🥰👏🙌😋🎉💛🧡💚💙💜💕💖😊🤗🤤👍🥳😘🙏🤩"
ANGRY_SIGNS = "😡🤬😠👿💢"
NEGATIVE_SIGNS = "👎💩😞😒🙄😤😢😭🤮🤢😑"

# A question mark behind nothing but these is a raised voice, not a question.
NOT_QUESTIONS = """
    hello, hey, hi, anyone, anybody, really, seriously, what, wtf, huh, right, ok, okay, excuse me, no,
    why, you know, hallo, ehrlich, echt, wirklich, ernsthaft, was, wie bitte, oder, gell, allô, allo,
    bonjour, sérieux, sérieusement, vraiment, quoi, pardon, non, hola, en serio, de verdad, qué,
    perdona, no, verdad, olá, ola, alô, sério, é sério, mesmo, quê, né, pronto, ciao, davvero, sul
    serio, cosa, scusate, vero
"""

# Words that little else than the language itself tells; two languages may share one.
FUNCTION_WORDS: dict[str, str] = {
    "en": """
        the and is are was were you your i my we our they it this that of to for with have has do does
        did not but at from what when how there can just so if about would could been they're it's i'm
        don't who an any please thanks thank or as be on by all out get got again me
    """,
    "de": """
        der die das und ist sind war ich ihr wir sie euch eure euer mein meine nicht ein eine einen
        einem kein mit für von zu auf aber auch noch bei habt haben hat habe wie wann gibt es am im den
        dem sehr nur schon wird wurde oder was bitte danke beim zum zur heute heisst dass wenn mal immer
        hier
    """,
    "fr": """
        le la les des et est sont je vous nous votre vos mon ma mes une un du au aux pas ne que qui dans
        pour avec sur ce cette c'est j'ai il elle on très mais ou où bien avez êtes était plus de en a
        sans merci tout depuis chez bonjour
    """,
    "es": """
        el la los las y es son yo usted ustedes mi mis un una del al no que en para con por muy pero
        está están tienen hay hoy me te se lo su sus como cuando donde más qué de gracias hola ayer
        desde fue este esta hace todo si
    """,
    "pt": """
        o a os as e é são eu você vocês meu minha um uma do da dos das no na não que em para com por
        muito mas está tem têm há hoje me se seu sua como quando onde mais de obrigado obrigada olá
        ontem foi pra ao bom fui isso esse essa até
    """,
    "it": """
        il lo la gli le e è sono io voi vostro vostra mio mia un una del della dei delle al alla non che
        in per con su molto ma c'è avete siete oggi mi ti si ho ha come quando dove più di grazie ciao
        ieri anche questo questa nel dal era
    """,
}

# Letters that hardly any other of the six uses.
LETTERS: dict[str, str] = {"de": "äß", "fr": "œëûù", "es": "ñ¿¡", "pt": "ãõ", "it": "ìò"}

# Words behind which the model marks what follows as negated; Hindi and Arabic, too, which the lists above leave out.
NEGATORS = (
    "not no never don't dont doesn't doesnt didn't didnt isn't isnt wasn't wasnt weren't won't wont can't cant cannot "
    "couldn't shouldn't wouldn't haven't hasn't without hardly nothing nobody none neither nor ain't nicht kein keine "
    "keinen keiner keinem nie niemals ohne kaum nichts pas jamais sans aucun aucune rien plus ni nunca jamás sin nada "
    "não nao nem sem ninguém non mai senza niente nessuno nahi nahin "
    "\u0928\u0939\u0940\u0902 \u0928\u0939\u0940 \u092e\u0924 \u0644\u0627 "
    "\u0644\u0645 \u0644\u0646 \u0645\u0627 \u0644\u064a\u0633 \u0645\u0634 "
    "\u0645\u0648 \u063a\u064a\u0631 "
)
