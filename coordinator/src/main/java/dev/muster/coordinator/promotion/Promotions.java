package dev.muster.coordinator.promotion;

import dev.muster.coordinator.db.Database;
import dev.muster.coordinator.secret.Masks;
import dev.muster.coordinator.secret.Provisions;
import dev.muster.protocol.message.GitToken;
import dev.muster.protocol.message.Promotion;
import dev.muster.protocol.message.PromotionAnswer;
import dev.muster.protocol.message.PromotionAnswer.Decision;
import dev.muster.protocol.wire.Wire;

import io.vertx.core.json.JsonObject;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Set;

/** Answers machines that pushed something. Thread-safe. */
public final class Promotions {

    private final PromotionStore store;
    private final Provisions provisions;
    private final Masks masks;

    public Promotions(Database database, Provisions provisions, Masks masks) {
        this.store = new PromotionStore(database);
        this.provisions = provisions;
        this.masks = masks;
    }

    /** Takes what came of a promotion, and says what is to be done next. */
    public PromotionAnswer take(Promotion promotion) {
        var result = promotion.result();
        if (result != null) {
            tell(promotion, result);
        }
        return store.find(promotion.machine(), promotion.lease())
                .map(ran -> answer(ran, promotion.commit()))
                .orElseGet(() -> new PromotionAnswer(Wire.VERSION, Decision.DROP));
    }

    private void tell(Promotion promotion, Promotion.Result result) {
        var word =
                switch (result) {
                    case PROMOTED -> "promoted";
                    case REFUSED -> "refused";
                    case FAILED -> "failed";
                };
        var detail = new JsonObject();
        if (promotion.detail() != null) {
            var mask = masks.now(promotion.lease().task());
            detail.put("detail", mask.text(promotion.detail().replace("\0", "")));
        }
        store.tell(
                promotion.machine(),
                promotion.lease(),
                promotion.commit(),
                detail.copy().put("state", word),
                result == Promotion.Result.PROMOTED ? word : "promotion_" + word,
                detail);
    }

    private PromotionAnswer answer(PromotionStore.Ran ran, String commit) {
        var decision = decision(ran, commit);
        return switch (decision) {
            case WAIT, DONE -> new PromotionAnswer(Wire.VERSION, decision);
            case PROMOTE, DROP ->
                    new PromotionAnswer(Wire.VERSION, decision, ran.repoUrl(), token(ran));
        };
    }

    static Decision decision(PromotionStore.Ran ran, String commit) {
        if (ran.held()) {
            return Decision.WAIT;
        }
        if (!ran.succeeded() || !commit.equals(ran.commit())) {
            return Decision.DROP;
        }
        return "pushed".equals(ran.state()) ? Decision.PROMOTE : Decision.DONE;
    }

    private @Nullable GitToken token(PromotionStore.Ran ran) {
        return provisions
                .of(Set.of(ran.project()))
                .provision(ran.project(), new JsonObject(), List.of(), ran.repoUrl())
                .gitToken();
    }
}
