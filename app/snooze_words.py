"""The words of times in six languages, folded to small letters without accents; for `app.snooze`."""

from __future__ import annotations

# what each word means; the words of one line, in any of the six languages, mean the same
WORDS: dict[str, str] = {
    "unit minute": "m min mins minute minutes minuten minuto minutos minuti",
    "unit hour": "h hr hrs hour hours stunde stunden std heure heures hora horas ora ore",
    "unit day": "d day days tag tage tagen jour jours dia dias giorno giorni",
    "unit week": "w wk week weeks woche wochen semaine semaines semana semanas settimana settimane",
    "unit month": "month months monat monate monaten mois mes meses mese mesi",
    "number 0.5": "half halbe halben halber halb demi demie media medio meia meio mezza mezzo mezz",
    "number 1": "one ein eine einer einem einen une una uno uma",
    "number 1.5": "anderthalb eineinhalb",
    "number 2": "two zwei deux dos dois duas due",
    "number 3": "three drei trois tres tre",
    "number 4": "four vier quatre cuatro quatro quattro",
    "number 5": "five funf fuenf cinq cinco cinque",
    "number 6": "six sechs seis sei",
    "number 7": "seven sieben sept siete sete sette",
    "number 8": "eight acht huit ocho oito otto",
    "number 9": "nine neun neuf nueve nove",
    "number 10": "ten zehn dix diez dez dieci",
    "in 0": "in dans en em tra fra dentro daqui nach after",
    "offset 0": "today heute hoy hoje oggi hui",
    "offset 1": "tomorrow tmrw tmr demain amanha domani",
    "offset 2": "ubermorgen uebermorgen dopodomani",
    "tomorrow 1": "morgen manana",  # behind a day they are its morning
    "later 1": "apres pasado depois",  # "après demain", "pasado mañana", "depois de amanhã"
    "part 9": "morning mornings fruh frueh morgens vormittag vormittags matin matinee manha mattina mattino",
    "part 12": "noon midday lunch mittag mittags midi mediodia mezzogiorno",
    "part 14": "afternoon nachmittag nachmittags tarde pomeriggio",
    "part 18": "evening abend abends soir sera stasera",
    "part 20": "tonight night nacht nuit noche noite notte stanotte",
    "weekday 0": "monday mon montag mo lundi lun lunes segunda seg lunedi",
    "weekday 1": "tuesday tue tues dienstag mardi mar martes terca ter martedi",
    "weekday 2": "wednesday wed mittwoch mi mercredi mer miercoles mie quarta qua mercoledi",
    "weekday 3": "thursday thu thur thurs donnerstag jeudi jeu jueves jue quinta qui giovedi gio",
    "weekday 4": "friday fri freitag fr vendredi ven viernes vie sexta sex venerdi",
    "weekday 5": "saturday sat samstag sonnabend sa samedi sam sabado sab sabato weekend wochenende",
    "weekday 6": "sunday sun sonntag dimanche dim domingo dom domenica",
    "next 1": "next nachste nachsten nachster nachstes naechste naechsten kommende kommenden kommender prochain"
    " prochaine proximo proxima prossimo prossima viene vem",
    "month 1": "january jan januar janner janvier janv enero ene janeiro gennaio gen",
    "month 2": "february feb februar fevrier fevr febrero fevereiro fev febbraio",
    "month 3": "march marz maerz mars marzo marco",
    "month 4": "april apr avril avr abril abr aprile",
    "month 5": "may mai mayo maio maggio mag",
    "month 6": "june jun juni juin junio junho giugno giu",
    "month 7": "july jul juli juillet juil julio julho luglio lug",
    "month 8": "august aug aout agosto ago",
    "month 9": "september sep septembre septiembre setembro settembre set",
    "month 10": "october oct oktober okt octobre octubre outubro out ottobre ott",
    "month 11": "november nov novembre noviembre novembro",
    "month 12": "december dec dezember dez decembre diciembre dic dezembro dicembre",
    "filler 0": "at um gegen a as alle al las la le il lo el los on am the of de del da dal dalle por pela pelo no na"
    " nel nella im den der dem and und et y e for fur pour para per until till bis jusqu hasta ate fino feira o clock"
    " uhr que qu l un an di do ao aujourd from now jetzt later spater plus so",
    "this 0": "this ce cet cette esta este esse questo questa diese dieser diesen",
    "answer 0": "when wenn sobald quand cuando quando once if si se they he she er sie il ils elle elles ellos ellas"
    " eles elas loro answer answers answered reply replies replied respond responds write writes wrote back antwortet"
    " antworten antwort schreibt schreiben sich meldet melden repond repondent reponse ecrit ecrivent responde"
    " responden respondem contesta contestan conteste contesten responda respondan escribe escriben escreve escrevem"
    " responder escriba escriban risponde rispondono scrive scrivono customer kunde kundin client cliente or oder ou",
}
